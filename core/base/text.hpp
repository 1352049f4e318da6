// Bytes and characters as Postfix sees them: no locale, no <cctype>.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// ISSPACE of Postfix (sys_defs.h): ASCII isspace.
constexpr bool is_blank(char c) noexcept
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

constexpr char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_alpha(char c) noexcept
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

namespace detail {

// One property of each byte: tables of millions of lines are looked at byte by byte.
template <typename Property> constexpr auto by_byte(Property property)
{
    std::array<decltype(property('a')), 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        table[i] = property(static_cast<char>(i));
    }
    return table;
}

inline constexpr auto hex_values = by_byte([](char c) {
    return static_cast<signed char>(is_digit(c)  ? c - '0'
            : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10
                                                 : -1);
});

} // namespace detail

// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) noexcept
{
    return detail::hex_values[static_cast<unsigned char>(c)];
}

std::string to_lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;
std::string_view trim(std::string_view text) noexcept;

// Well-formed UTF-8 up to U+10FFFF without overlong forms and surrogates (valid_utf8_string() of
// Postfix).
bool is_utf8(std::string_view text) noexcept;

// Whether every character is one of ISO 8859-1; the text is UTF-8.
bool is_latin1(std::string_view text) noexcept;

// Length in bytes of the well-formed UTF-8 character at the start of text, 0 if there is none.
std::size_t utf8_length(std::string_view text, char32_t* code_point = nullptr) noexcept;

// text with everything that could steer a terminal (controls, C1, bidirectional overrides, bytes
// that are not UTF-8) written as \xNN, and a backslash as two; printable text comes out as it went
// in.
std::string escape(std::string_view text);
void append_escaped(std::string& out, std::string_view text);

// The same with line ends left alone.
std::string escape_lines(std::string_view text);

// escape() in single quotes, cut to `most` characters as Postfix cuts them in its own messages.
std::string quote(std::string_view text, std::size_t most = 60);

// Whether it can be pasted: UTF-8 without anything that could steer a terminal.
bool is_pasteable(std::string_view text) noexcept;

// The text as one word of a command: sh, bash, zsh and fish all take it as this text, and run
// nothing of it. What is not pasteable comes out with \xNN in it, which is harmless, but another
// text: a hint must not name anything by it.
std::string shell_quote(std::string_view text);

// The words as a command line, each quoted where it has to be. Empty where one of them is not
// pasteable: then there is no such command, and the hint is left out or says it in a sentence.
std::string command_line(const std::vector<std::string>& words);

// "FIRST && SECOND"; empty where one of them is.
std::string both_commands(const std::string& first, const std::string& second);

// A file name as a command takes it that would read "-x.pem" as an option: "./-x.pem".
std::string file_operand(const std::string& name);

// Splits at any of the separators, leaving out empty pieces; "{...}" protects (mystrtokq() of
// Postfix).
std::vector<std::string> split_list(
    std::string_view text, std::string_view separators = ", \t\r\n");

std::vector<std::string_view> split_lines(std::string_view text);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

// "1 entry", "2 entries": the number with the right form of the noun.
std::string count_of(std::size_t count, std::string_view one, std::string_view many);

} // namespace relayctl
