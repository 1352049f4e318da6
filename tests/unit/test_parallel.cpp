#include "catch.hpp"
#include "core/base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

using namespace relayctl;

TEST_CASE("work in parallel is all done, each once")
{
    for (const std::size_t count : { 0u, 1u, 15u, 16u, 17u, 1000u, 100003u }) {
        std::vector<std::atomic<int>> done(count);
        in_parallel(count, [&](std::size_t i) { ++done[i]; });
        CHECK(std::all_of(done.begin(), done.end(), [](const auto& times) { return times == 1; }));
    }
}

TEST_CASE("of several failures in parallel work, the first in order is told")
{
    for (int round = 0; round < 200; ++round) {
        const std::size_t first = static_cast<std::size_t>(round) * 7;
        std::vector<std::atomic<bool>> done(2000);
        const auto work = [&](std::size_t i) {
            if (i >= first && (i - first) % 3 == 0) {
                throw std::runtime_error(std::to_string(i));
            }
            done[i] = true;
        };
        CHECK_THROWS_WITH(in_parallel(done.size(), work), std::to_string(first));
        CHECK(std::all_of(
            done.begin(), done.begin() + round * 7, [](const auto& was) { return was.load(); }));
    }
}

TEST_CASE("the numbers that fulfil a predicate, in order")
{
    for (const std::size_t count : { 0u, 1u, 49'999u, 50'000u, 50'001u, 300'007u }) {
        std::vector<std::size_t> expected;
        for (std::size_t i = 0; i < count; i += 7) {
            expected.push_back(i);
        }
        CHECK(numbers_where(count, [](std::size_t i) { return i % 7 == 0; }) == expected);
    }
}
