// Sorts what is compared by a call: compiled once for all types, since a stable sort takes a
// thousand lines of machine code for each. Where millions are sorted again and again, std::sort()
// is the quicker one.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace relayctl {

// Returns the numbers from 0 to count - 1 in the order of before(a, b); those that compare equal
// stay in their order.
std::vector<std::size_t> sorted_numbers(
    std::size_t count, const std::function<bool(std::size_t, std::size_t)>& before);

// Sorts the things; those that compare equal stay in their order.
template <typename Thing, typename Before = std::less<>>
void sort_stably(std::vector<Thing>& things, Before before = {})
{
    std::vector<Thing> sorted;
    sorted.reserve(things.size());
    for (const std::size_t number : sorted_numbers(things.size(),
             [&](std::size_t a, std::size_t b) { return before(things[a], things[b]); })) {
        sorted.push_back(std::move(things[number]));
    }
    things = std::move(sorted);
}

} // namespace relayctl
