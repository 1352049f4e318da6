// Reading what escape() (core/base/text.hpp) wrote.
#pragma once

#include <string>
#include <string_view>

namespace relayctl {

// Takes back what escape() did. A backslash in front of anything else stands for itself.
std::string unescape(std::string_view text);

} // namespace relayctl
