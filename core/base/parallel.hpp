// Work on many things at once, on all processors.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

namespace relayctl {

// Runs work(0) ... work(count - 1), several at a time, and comes back when all are done; a few are
// done one after the other by the caller itself. Where some throw, the error of the lowest number
// is thrown, the one that doing them in turn would have met; those behind it may be left undone.
// chunk: how many one processor takes at a time.
void in_parallel(
    std::size_t count, const std::function<void(std::size_t)>& work, std::size_t chunk = 16);

std::size_t processor_count() noexcept; // at least 1

// The numbers below count that fulfil the predicate, ascending; it is asked on all processors where
// there are many.
template <typename Predicate>
std::vector<std::size_t> numbers_where(std::size_t count, Predicate predicate)
{
    constexpr std::size_t at_once = 50'000;
    std::vector<std::vector<std::size_t>> found((count + at_once - 1) / at_once);
    in_parallel(
        found.size(),
        [&](std::size_t part) {
            for (std::size_t i = part * at_once; i < std::min((part + 1) * at_once, count); ++i) {
                if (predicate(i)) {
                    found[part].push_back(i);
                }
            }
        },
        1);
    std::vector<std::size_t> all;
    for (const auto& numbers : found) {
        all.insert(all.end(), numbers.begin(), numbers.end());
    }
    return all;
}

} // namespace relayctl
