#include "catch.hpp"
#include "core/base/bytes.hpp"
#include "core/base/duplicates.hpp"
#include "core/base/hash_index.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <random>

using namespace relayctl;

TEST_CASE("several bytes at a time say what one at a time would")
{
    std::mt19937 random(1);
    for (int i = 0; i < 200000; ++i) {
        std::string text(random() % 40, ' ');
        std::generate(text.begin(), text.end(),
            [&] { return static_cast<char>(random() % 3 == 0 ? random() : 'a' + random() % 26); });
        const bool rare = random() % 2 == 0;
        if (rare) { // one odd byte alone
            text = std::string(random() % 40, 'x');
            if (!text.empty()) {
                text[random() % text.size()] = static_cast<char>(random());
            }
        }
        INFO(quote(text));
        REQUIRE(is_ascii(text) == std::all_of(text.begin(), text.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x80;
        }));
        REQUIRE(is_plain(text) == std::all_of(text.begin(), text.end(), [](char c) {
            return c >= ' ' && c <= '~' && c != '\\' && c != '"';
        }));
        const auto is_word = [](char c) { return !(c >= 0 && c <= ' ') && c != '\\' && c != '"'; };
        const auto word = static_cast<std::size_t>(
            std::find_if_not(text.begin(), text.end(), is_word) - text.begin());
        REQUIRE((skip_word(text) <= word && skip_word(text) + 8 > word));
        REQUIRE(count_newlines(text)
            == static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
        REQUIRE(has_lower_case(text)
            == std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; }));
        REQUIRE(hash_ignoring_case(text) == hash_ignoring_case(to_lower(text)));
        if (is_plain(text)) {
            REQUIRE(escape(text) == text);
        }
    }
}

TEST_CASE("two bytes are found at every place, and digits may differ at every place")
{
    std::mt19937 random(2);
    for (int i = 0; i < 50000; ++i) {
        std::string text(random() % 150, ' ');
        std::generate(text.begin(), text.end(),
            [&] { return random() % 40 == 0 ? "d[\n{"[random() % 4] : 'x'; });
        INFO(quote(text));
        REQUIRE(find_pair(text, { 'd', '[' }, { '\n', '{' })
            == std::min(text.find("d["), text.find("\n{")));
        std::string other = text;
        REQUIRE(is_same_but_digits(text, other));
        if (text.empty()) {
            continue;
        }
        const std::size_t at = random() % text.size();
        other[at] = static_cast<char>(random());
        REQUIRE(is_same_but_digits(text, other) == (text == other));
        text[at] = static_cast<char>('0' + random() % 10);
        REQUIRE(is_same_but_digits(text, other) == (text == other || is_digit(other[at])));
        REQUIRE_FALSE(is_same_but_digits(text, other + 'x'));
    }
}

TEST_CASE("pairs of hexadecimal digits, every byte at every place")
{
    const std::string good = "0a:9F:Af:00:11:22:33:44:55:66:77:88:99:fF:bC";
    for (std::size_t size = 0; size <= good.size(); ++size) {
        CAPTURE(size);
        CHECK(is_pairs_of_digits(good.substr(0, size)) == (size >= 5 && size % 3 == 2));
        if (size < 5 || size % 3 != 2) {
            continue;
        }
        for (std::size_t at = 0; at < size; ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string text = good.substr(0, size);
                text[at] = static_cast<char>(byte);
                const bool expected = at % 3 == 2
                    ? byte == ':'
                    : byte != 0 && std::strchr("0123456789abcdefABCDEF", byte) != nullptr;
                REQUIRE(is_pairs_of_digits(text) == expected);
            }
        }
    }
}

TEST_CASE("duplicates are found whatever the number of things")
{
    std::mt19937 random(5);
    for (const std::uint32_t count : { 0u, 1u, 10u, 1000u, 250'000u }) {
        std::vector<std::uint32_t> things(count);
        std::vector<std::uint64_t> hashes;
        for (std::uint32_t& thing : things) {
            thing = static_cast<std::uint32_t>(random() % (2 * count));
            hashes.push_back(hash_ignoring_case(
                std::to_string(thing / 2))); // half of those with one hash are not the same
        }
        std::map<std::uint32_t, std::uint32_t> firsts;
        std::vector<std::pair<std::uint32_t, std::uint32_t>> expected;
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto [first, is_new] = firsts.try_emplace(things[i], i);
            if (!is_new) {
                expected.emplace_back(first->second, i);
            }
        }
        std::vector<std::pair<std::uint32_t, std::uint32_t>> found;
        for (const auto [first, later] : find_duplicates(hashes,
                 [&](std::uint32_t a, std::uint32_t b) { return things[a] == things[b]; })) {
            found.emplace_back(first, later);
        }
        CHECK((found == expected));
    }
}

TEST_CASE("the lowest number with a hash is found")
{
    std::mt19937 random(2);
    for (const std::size_t count : { 0u, 1u, 2u, 3u, 1000u, 65536u }) {
        std::vector<std::uint64_t> hashes(count);
        std::generate(hashes.begin(), hashes.end(),
            [&] { return hash_ignoring_case(std::to_string(random() % 700)); });
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
