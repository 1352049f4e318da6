// How similar a listed host is to a word that is none.
#pragma once

#include <cstddef>
#include <string_view>

namespace relayctl {

// Returns how far a host is from a word that is none, 0 being the nearest: it begins with the word,
// has it in it, or differs by at most two bytes, whatever their case. Returns not_similar if it
// does none of these.
constexpr std::size_t not_similar = 100;
std::size_t distance_from_host(std::string_view word, std::string_view host);

} // namespace relayctl
