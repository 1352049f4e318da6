// What is asked of every byte of a table of millions of lines: several bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relayctl {

// The same for texts that are equal_ignoring_case(); its high bits are mixed well.
std::uint64_t hash_ignoring_case(std::string_view text) noexcept;

bool is_ascii(std::string_view text) noexcept;

// Printable ASCII without backslash and double quote: what needs no escape anywhere.
bool is_plain(std::string_view text) noexcept;

// Two or more pairs of hexadecimal digits, joined by ':'.
bool is_pairs_of_digits(std::string_view text) noexcept;

// How many bytes at the beginning are neither white space nor control characters nor backslash nor
// double quote; or up to seven less.
std::size_t skip_word(std::string_view text) noexcept;

std::size_t count_newlines(std::string_view text) noexcept;

} // namespace relayctl
