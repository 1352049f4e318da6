// Questions that are asked of every byte of a table of millions of lines. The answers look at
// several bytes at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relayctl {

// Returns a hash of the text. Its high bits are mixed well, as HashIndex needs it.
std::uint64_t hash_of(std::string_view text) noexcept;
// Returns hash_of() the text in lower case (to_lower()).
std::uint64_t hash_ignoring_case(std::string_view text) noexcept;

// Returns true if every byte is below 0x80.
bool is_ascii(std::string_view text) noexcept;
// Returns true if every byte is below 0x80 and none is NUL.
bool is_ascii_without_nul(std::string_view text) noexcept;

// Returns true for printable ASCII without backslash and double quote, which needs no escape
// anywhere.
bool is_plain(std::string_view text) noexcept;

// Returns true for two or more pairs of hexadecimal digits that are joined by ':'.
bool is_pairs_of_digits(std::string_view text) noexcept;

// Returns true if one of the letters a to z is in the text.
bool has_lower_case(std::string_view text) noexcept;

// Returns true for two texts that are the same but for the values of their digits.
bool is_same_but_digits(std::string_view one, std::string_view other) noexcept;

// Returns how many bytes at the beginning are no white space, control character, backslash or
// double quote.
std::size_t skip_word(std::string_view text) noexcept;

// Returns where the first of two pairs of bytes begins, or npos if the text has neither.
std::size_t find_pair(
    std::string_view text, std::array<char, 2> one, std::array<char, 2> other) noexcept;

// Returns the number of newlines in the text.
std::size_t count_newlines(std::string_view text) noexcept;

} // namespace relayctl
