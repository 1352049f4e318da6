// Text in double quotes, of which a program can tell where it ends.
#pragma once

#include <string>
#include <string_view>

namespace relayctl {

// Puts escaped text (escape()) into double quotes, and every double quote of it as \x22, so that
// the quoted text ends at the next one.
std::string in_double_quotes(std::string_view text);

} // namespace relayctl
