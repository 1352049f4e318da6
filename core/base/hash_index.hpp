// Finds numbered things by their hash. To build it pays off for whoever searches for many of them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace relayctl {

// The numbers are sorted by their hashes once; a search then looks at a few neighbours.
class HashIndex {
public:
    HashIndex()
        : HashIndex(std::vector<std::uint64_t>())
    {
    }

    // hashes[i] is that of thing number i. There must be fewer than 2^32, with well mixed high
    // bits.
    explicit HashIndex(std::vector<std::uint64_t> hashes)
        : hashes_(std::move(hashes))
        // The highest bits choose the bucket; there are about as many buckets as hashes.
        , shift_(std::min(63, 64 - static_cast<int>(std::bit_width(hashes_.size()))))
        , begins_((std::uint64_t{ 1 } << (64 - shift_)) + 1)
    {
        for (const std::uint64_t hash : hashes_) {
            ++begins_[bucket_of(hash) + 1];
        }
        std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
        // A counting sort keeps the numbers of a bucket in ascending order, so that find() meets
        // the lowest first.
        std::vector<std::uint32_t> next(begins_.begin(), begins_.end() - 1);
        numbers_.resize(hashes_.size());
        for (std::uint32_t number = 0; number < hashes_.size(); ++number) {
            numbers_[next[bucket_of(hashes_[number])]++] = number;
        }
    }

    // Returns the lowest number below `limit` with this hash for which is_it(number) returns true,
    // or `limit` if there is none.
    template <typename IsIt>
    std::uint32_t find(std::uint64_t hash, std::uint32_t limit, IsIt is_it) const
    {
        const std::size_t bucket = bucket_of(hash);
        for (const std::uint32_t number :
            std::span(numbers_).subspan(begins_[bucket], begins_[bucket + 1] - begins_[bucket])) {
            if (number >= limit) {
                break;
            }
            if (hashes_[number] == hash && is_it(number)) {
                return number;
            }
        }
        return limit;
    }

    std::uint64_t hash(std::uint32_t number) const noexcept { return hashes_[number]; }
    std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(hashes_.size()); }

private:
    std::size_t bucket_of(std::uint64_t hash) const noexcept
    {
        return static_cast<std::size_t>(hash >> shift_);
    }

    std::vector<std::uint64_t> hashes_;
    int shift_;
    std::vector<std::uint32_t> begins_; // of each bucket in numbers_, and the end of the last one
    std::vector<std::uint32_t> numbers_; // sorted by bucket, then ascending
};

} // namespace relayctl
