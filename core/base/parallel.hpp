// Shares work on many things among all processors.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

namespace relayctl {

// Runs work(0) to work(count - 1), several at a time, and returns when all are done. A thread takes
// `chunk` numbers at a time; if there is no more than one chunk, the caller's thread does it alone.
// If some throw, this throws the error of the lowest number, which is the one that doing them in
// order would have met; the work behind it may be left undone.
void in_parallel(
    std::size_t count, const std::function<void(std::size_t)>& work, std::size_t chunk = 16);

std::size_t processor_count() noexcept; // at least 1

// Returns the numbers below `count` for which the predicate holds, in ascending order. Several
// threads call the predicate at once if there are many numbers.
template <typename Predicate>
std::vector<std::size_t> numbers_where(std::size_t count, Predicate predicate)
{
    constexpr std::size_t at_once = 50'000;
    std::vector<std::vector<std::size_t>> found((count + at_once - 1) / at_once);
    in_parallel(
        found.size(),
        [&](std::size_t slice) {
            for (std::size_t i = slice * at_once; i < std::min((slice + 1) * at_once, count); ++i) {
                if (predicate(i)) {
                    found[slice].push_back(i);
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
