#include "app/render/display_width.hpp"
#include "catch.hpp"

using namespace relayctl;

// The widths are those of Unicode's East Asian Width, which terminals use.
TEST_CASE("a width counts what a terminal shows")
{
    const Utf8Locale locale;
    CHECK(display_width("") == 0);
    CHECK(display_width("zen.example") == 11);
    CHECK(display_width("z\u00fcrich") == 6);
    CHECK(display_width("\u6771\u4eac") == 4); // Tokyo: two wide characters
    CHECK(display_width("Zoe\u0301") == 3); // e and a combining acute
    CHECK(display_width("\uff76\uff85") == 2); // halfwidth katakana
}

TEST_CASE("what is cut fits, and is marked")
{
    const Utf8Locale locale;
    CHECK(cut_to_width("abcdef", 6) == "abcdef");
    CHECK(cut_to_width("abcdef", 5) == "abcd~");
    CHECK(cut_to_width("abcdef", 1) == "~");
    CHECK(cut_to_width("\u6771\u4eac\u6771", 5) == "\u6771\u4eac~");
    CHECK(cut_to_width("\u6771\u4eac\u6771", 4) == "\u6771~"); // half a character is none
    CHECK(cut_to_width("Zoe\u0301s", 4) == "Zoe\u0301s");
    CHECK(cut_to_width("Zoe\u0301sch", 4) == "Zoe\u0301~");
}

TEST_CASE("lines break at blanks, and words never")
{
    const Utf8Locale locale;
    CHECK(wrapped("one two three", 0, 2) == "one two three");
    CHECK(wrapped("one two three", 13, 2) == "one two three");
    CHECK(wrapped("one two three", 12, 2) == "one two\n  three");
    CHECK(wrapped("one two three", 7, 2) == "one two\n  three");
    CHECK(wrapped("one two three", 4, 2) == "one\n  two\n  three");
    CHECK(wrapped("one   two three", 9, 2) == "one   two\n  three");
    CHECK(wrapped("one   two three", 8, 0) == "one\ntwo\nthree");
    CHECK(wrapped("one   two six", 8, 0) == "one\ntwo six");
    CHECK(wrapped("  one two", 6, 4) == "  one\n    two"); // the indent of the first line stays
    CHECK(wrapped("\033[1;31mred\033[0m and blue", 12, 2) == "\033[1;31mred\033[0m and blue");
    CHECK(wrapped("\033[1;31mred\033[0m and blue", 11, 2) == "\033[1;31mred\033[0m and\n  blue");
}
