// Bytes and characters as Postfix sees them, without a locale and <cctype>; and text that is safe
// to print, or to paste into a shell.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Returns true for white space as Postfix has it: ISSPACE() in sys_defs.h, isspace() of ASCII
// characters.
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

// Returns property(c) for each of the 256 values of a byte. A lookup is faster than asking each
// byte of a table of millions of lines.
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

// Returns the value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) noexcept
{
    return detail::hex_values[static_cast<unsigned char>(c)];
}

// Changes ASCII letters only, of which fingerprints and names of parameters consist.
std::string to_lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;
std::string_view trim(std::string_view text) noexcept; // takes is_blank() off both ends

// Returns true for well-formed UTF-8 up to U+10FFFF, without overlong forms and surrogates
// (valid_utf8_string() in util/valid_utf8_string.c).
bool is_utf8(std::string_view text) noexcept;

// Returns true if the text is UTF-8 and every character of it is in ISO 8859-1.
bool is_latin1(std::string_view text) noexcept;

// Returns the length in bytes of the UTF-8 character at the beginning, or 0 if it is not
// well-formed. code_point: receives the character.
std::size_t utf8_length(std::string_view text, char32_t* code_point = nullptr) noexcept;

// Writes everything that could steer a terminal as \xNN (control characters, also of C1,
// bidirectional overrides, bytes that are not UTF-8), and a backslash as two. Other text stays as
// it is.
std::string escape(std::string_view text);
void append_escaped(std::string& out, std::string_view text);

// Escapes each line, and ends each with a newline.
std::string escape_lines(std::string_view text);

// Puts escaped text into single quotes. Only the first `most` bytes of it are shown, then "...", as
// Postfix does in its own messages.
std::string quote(std::string_view text, std::size_t most = 60);

// Returns true if the text can be pasted: it is UTF-8 and has nothing that could steer a terminal.
bool is_pasteable(std::string_view text) noexcept;

// Quotes a text as one word of a command. sh, bash, zsh and fish all take it as this text, and run
// nothing of it. If the text is not pasteable, the result has \xNN in it. That is harmless but
// another text, so a hint must not name anything by it.
std::string shell_quote(std::string_view text);

// Joins words to a command line, quoting those that need it. Returns an empty text if one of them
// is not pasteable: then there is no such command, and a hint says it in a sentence instead.
std::string command_line(const std::vector<std::string>& words);

// Returns "FIRST && SECOND", or an empty text if one of them is empty.
std::string both_commands(const std::string& first, const std::string& second);

// Returns the name of a file so that a command does not take it for an option: "./-x.pem" for
// "-x.pem". "-" stays.
std::string file_operand(const std::string& name);

// Splits a text at any of the separators, but not inside "{...}", and leaves out empty pieces
// (mystrtokq() in util/mystrtok.c).
std::vector<std::string> split_list(
    std::string_view text, std::string_view separators = ", \t\r\n");

// Splits a text into lines without their newlines. A last line without newline counts.
std::vector<std::string_view> split_lines(std::string_view text);

// Returns the pieces with the separator between them.
std::string join(const std::vector<std::string>& pieces, std::string_view separator);

// Returns the number with the right form of the noun: "1 entry", "2 entries".
std::string count_of(std::size_t count, std::string_view one, std::string_view many);

} // namespace relayctl
