// How similar two words are, to find what a mistyped one was meant to be.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace relayctl {

// Returns how many letters must be inserted, taken away or exchanged to make one word of the other
// (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

// Returns how far a mistyped word is from the name that it may mean: 0 if it has the same letters,
// at most two of them elsewhere, since letters in the wrong order are the most common fault; else
// the edit distance. Has no value if more than two letters or more than a third of the name differ.
std::optional<std::size_t> typing_distance(std::string_view word, std::string_view name);

} // namespace relayctl
