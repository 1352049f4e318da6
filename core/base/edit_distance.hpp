// How similar two words are, to find what a mistyped one was meant to be.
#pragma once

#include <cstddef>
#include <string_view>

namespace relayctl {

// Returns how many letters must be inserted, taken away or exchanged to make one word of the other
// (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

} // namespace relayctl
