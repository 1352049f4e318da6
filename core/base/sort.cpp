#include "core/base/sort.hpp"

#include <algorithm>
#include <numeric>

namespace relayctl {

std::vector<std::size_t> sorted_numbers(
    std::size_t count, const std::function<bool(std::size_t, std::size_t)>& before)
{
    std::vector<std::size_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), std::size_t{ 0 });
    std::stable_sort(
        numbers.begin(), numbers.end(), [&](std::size_t a, std::size_t b) { return before(a, b); });
    return numbers;
}

} // namespace relayctl
