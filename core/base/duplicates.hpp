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

// Tells which of many things may equal another one, by sixteen bits for each: so an index only has
// to have the few that do.
class DuplicateFilter {
public:
    // count: how many things there are.
    explicit DuplicateFilter(std::size_t count)
        : shift_(64 - static_cast<int>(std::bit_width(16 * count + 64)))
        , once_(std::size_t{ 1 } << (64 - shift_))
        , again_(once_.size())
    {
    }

    // Takes the hash of the next thing, with well mixed high bits.
    void add(std::uint64_t hash)
    {
        const std::size_t bit = hash >> shift_;
        again_[bit] = again_[bit] || once_[bit];
        once_[bit] = true;
    }

    // Returns false if certainly no other thing was added that equals the one with this hash.
    bool may_be_shared(std::uint64_t hash) const { return again_[hash >> shift_]; }

private:
    int shift_;
    std::vector<bool> once_;
    std::vector<bool> again_;
};

// Returns each thing that equals an earlier one, with the first that it equals, in ascending order
// of `later`. hashes: of the things 0, 1, ..., fewer than 2^32, with well mixed high bits.
// is_same(first, later): returns true if two things with the same hash are equal.
template <typename IsSame>
std::vector<Duplicate> find_duplicates(std::span<const std::uint64_t> hashes, IsSame is_same)
{
    DuplicateFilter filter(hashes.size());
    for (const std::uint64_t hash : hashes) {
        filter.add(hash);
    }
    std::vector<std::uint64_t> shared;
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t number = 0; number < hashes.size(); ++number) {
        if (filter.may_be_shared(hashes[number])) {
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
