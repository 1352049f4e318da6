// Finds those of many numbered things that are the same as an earlier one.
#pragma once

#include "core/base/hash_index.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace relayctl {

// Two things that are the same, by their numbers.
struct Duplicate {
    std::uint32_t first;
    std::uint32_t later;
};

// Returns each thing that equals an earlier one, with the first that it equals, in ascending order
// of `later`. hashes: of the things 0, 1, ..., fewer than 2^32, with well mixed high bits.
// is_same(first, later): returns true if two things with the same hash are equal.
template <typename IsSame>
std::vector<Duplicate> find_duplicates(std::span<const std::uint64_t> hashes, IsSame is_same)
{
    // Sixteen bits for each thing are less memory than an index, which only has to have the few
    // things that share their bit with another one.
    const int shift = 64 - static_cast<int>(std::bit_width(16 * hashes.size() + 64));
    std::vector<bool> once(std::size_t{ 1 } << (64 - shift));
    std::vector<bool> again(once.size());
    for (const std::uint64_t hash : hashes) {
        const std::size_t bit = hash >> shift;
        again[bit] = again[bit] || once[bit];
        once[bit] = true;
    }
    std::vector<std::uint64_t> shared;
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t number = 0; number < hashes.size(); ++number) {
        if (again[hashes[number] >> shift]) {
            shared.push_back(hashes[number]);
            numbers.push_back(number);
        }
    }
    const HashIndex index(std::move(shared));
    std::vector<Duplicate> found;
    for (std::uint32_t i = 0; i < index.size(); ++i) {
        const std::uint32_t first = index.find(
            index.hash(i), i, [&](std::uint32_t j) { return is_same(numbers[j], numbers[i]); });
        if (first != i) {
            found.push_back({ numbers[first], numbers[i] });
        }
    }
    return found;
}

} // namespace relayctl
