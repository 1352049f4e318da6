// Finds the words that somebody may have meant.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace relayctl {

// Returns how many bytes must be inserted, taken away or exchanged to make one word of the other
// (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

// Returns how far a host is from a word that is none, 0 being the nearest: it begins with the word,
// has it in it, or differs by at most two bytes, whatever their case. Returns not_similar if it
// does none of these.
constexpr std::size_t not_similar = 100;
std::size_t distance_from_host(std::string_view word, std::string_view host);

} // namespace relayctl
