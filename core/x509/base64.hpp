// Base64 (RFC 4648), as files and tools write certificates, keys and digests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Returns true for the 64 letters of base64; '=' is none of them.
bool is_base64(char c) noexcept;

// Returns the bytes that the letters say, with or without '=' at the end. Has no value if there is
// anything else in the text, also white space, or if letters are missing.
std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text);

// Returns the bytes in lines of 64 letters, each with its newline, as PEM has them.
std::string encode_base64_lines(const std::vector<std::uint8_t>& bytes);

} // namespace relayctl
