// Finds those of many numbered things that are the same as an earlier one.
#pragma once

#include "core/base/hash_index.hpp"
#include "core/base/parallel.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace relayctl {

// Two things that are the same, by their numbers.
struct Duplicate {
    std::uint32_t first;
    std::uint32_t later;
};

// Returns each thing that equals an earlier one, with the first that it equals, in ascending order
// of `later`. hashes: of the things 0, 1, ..., fewer than 2^32, with well mixed high bits.
// is_same(first, later): returns true if two things with the same hash are equal; several threads
// call it at once.
template <typename IsSame>
std::vector<Duplicate> find_duplicates(std::span<const std::uint64_t> hashes, IsSame is_same)
{
    // Each thread takes the things whose hashes begin with the same bits: they can only equal each
    // other.
    constexpr std::size_t enough = 100'000;
    // Twice as many slices as processors even out slices of different size.
    const int bits
        = hashes.size() < enough ? 0 : static_cast<int>(std::bit_width(2 * processor_count()));
    const std::size_t count = std::size_t{ 1 } << bits;
    std::vector<std::vector<Duplicate>> found(count);
    in_parallel(
        count,
        [&](std::size_t slice) {
            std::vector<std::uint64_t> others; // hashes without the bits that they share
            std::vector<std::uint32_t> numbers;
            others.reserve(hashes.size() / count * 5 / 4);
            numbers.reserve(others.capacity());
            for (std::uint32_t number = 0; number < hashes.size(); ++number) {
                if (bits == 0 || hashes[number] >> (64 - bits) == slice) {
                    others.push_back(hashes[number] << bits);
                    numbers.push_back(number);
                }
            }
            // The shared bits say nothing within a slice, so they are shifted out for HashIndex,
            // which looks at the high bits.
            const HashIndex index(std::move(others));
            for (std::uint32_t i = 0; i < index.size(); ++i) {
                const std::uint32_t first = index.find(index.hash(i), i,
                    [&](std::uint32_t j) { return is_same(numbers[j], numbers[i]); });
                if (first != i) {
                    found[slice].push_back({ numbers[first], numbers[i] });
                }
            }
        },
        1);
    std::vector<Duplicate> all;
    for (const auto& duplicates : found) {
        all.insert(all.end(), duplicates.begin(), duplicates.end());
    }
    std::sort(all.begin(), all.end(),
        [](const Duplicate& a, const Duplicate& b) { return a.later < b.later; });
    return all;
}

} // namespace relayctl
