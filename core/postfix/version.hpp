// Versions of Postfix, as mail_version has them.
#pragma once

#include <string_view>

namespace relayctl {

// Compares the first two numbers: "3.7.11" is at least 3.7. A number that is missing counts as 0.
bool version_is_at_least(std::string_view version, int major, int minor);

} // namespace relayctl
