// A large text in parts, so that all processors read it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace relayctl {

// Offsets at which logical lines begin (line_behind()): 0, of every further part, and the size of
// the text. One part where the text is so small that a thread costs more than it saves.
std::vector<std::size_t> divide(std::string_view text);

} // namespace relayctl
