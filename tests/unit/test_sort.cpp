#include "catch.hpp"
#include "core/base/sort.hpp"

#include <memory>
#include <string>

using namespace relayctl;

TEST_CASE("sorting keeps the order of what compares equal")
{
    std::vector<std::string> words = { "pear", "fig", "plum", "kiwi", "apple", "nut" };
    sort_stably(
        words, [](const std::string& a, const std::string& b) { return a.size() < b.size(); });
    CHECK(words == std::vector<std::string>{ "fig", "nut", "pear", "plum", "kiwi", "apple" });
    sort_stably(words);
    CHECK(words == std::vector<std::string>{ "apple", "fig", "kiwi", "nut", "pear", "plum" });
    sort_stably(words, std::greater<>());
    CHECK(words.front() == "plum");

    std::vector<std::unique_ptr<int>> moved;
    for (const int number : { 3, 1, 2 }) {
        moved.push_back(std::make_unique<int>(number));
    }
    sort_stably(moved, [](const auto& a, const auto& b) { return *a < *b; });
    CHECK((*moved[0] == 1 && *moved[1] == 2 && *moved[2] == 3));

    std::vector<int> none;
    sort_stably(none);
    CHECK(none.empty());
}
