// Versions of Postfix, as mail_version has them.
#pragma once

#include <initializer_list>
#include <string_view>

namespace relayctl {

// Compares the first two numbers: "3.7.11" is at least 3.7. A number that is missing counts as 0.
bool version_is_at_least(std::string_view version, int major, int minor);

// The first version of a release branch that has a mistake mended: 3.7.12.
struct FixedRelease {
    int major;
    int minor;
    int patch;
};

// Returns true if the version has a mistake mended. `branches` is in ascending order; what is older
// than all of them has the mistake, and what is newer has it mended.
bool has_fix(std::string_view version, std::initializer_list<FixedRelease> branches);

} // namespace relayctl
