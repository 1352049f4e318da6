// Versions of Postfix.
#pragma once

#include <string_view>

namespace relayctl {

// "3.7.11" is at least 3.7.
bool version_is_at_least(std::string_view version, int major, int minor);

} // namespace relayctl
