#include "catch.hpp"

#include "core/base/bytes.hpp"
#include "core/base/hash_index.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <random>

using namespace relayctl;

TEST_CASE("several bytes at a time say what one at a time would")
{
    std::mt19937 random(1);
    for (int i = 0; i < 200000; ++i) {
        std::string text(random() % 40, ' ');
        std::generate(text.begin(), text.end(), [&] { return static_cast<char>(random() % 3 == 0 ? random() : 'a' + random() % 26); });
        const bool rare = random() % 2 == 0;
        if (rare) { // one odd byte alone
            text = std::string(random() % 40, 'x');
            if (!text.empty()) {
                text[random() % text.size()] = static_cast<char>(random());
            }
        }
        INFO(quote(text));
        REQUIRE(is_ascii(text) == std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
        REQUIRE(is_plain(text) == std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '\\' && c != '"'; }));
        const auto is_word = [](char c) { return !(c >= 0 && c <= ' ') && c != '\\' && c != '"'; };
        const auto word = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_word) - text.begin());
        REQUIRE((skip_word(text) <= word && skip_word(text) + 8 > word));
        REQUIRE(count_newlines(text) == static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
        REQUIRE(hash_ignoring_case(text) == hash_ignoring_case(to_lower(text)));
        if (is_plain(text)) {
            REQUIRE(escape(text) == text);
        }
    }
}

TEST_CASE("the lowest number with a hash is found")
{
    std::mt19937 random(2);
    for (const std::size_t count : {0u, 1u, 2u, 3u, 1000u, 65536u}) {
        std::vector<std::uint64_t> hashes(count);
        std::generate(hashes.begin(), hashes.end(), [&] { return hash_ignoring_case(std::to_string(random() % 700)); });
        const HashIndex index(hashes);
        REQUIRE(index.size() == count);
        for (std::uint32_t limit = 0; limit < std::min<std::size_t>(count + 1, 300); ++limit) {
            const std::uint64_t hash = hash_ignoring_case(std::to_string(random() % 800));
            const auto odd = [](std::uint32_t number) { return number % 2 == 1; };
            std::uint32_t expected = 0;
            while (expected < limit && !(hashes[expected] == hash && odd(expected))) {
                ++expected;
            }
            REQUIRE(index.find(hash, limit, odd) == expected);
        }
    }
}
