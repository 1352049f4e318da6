#include "core/x509/base64.hpp"

#include "core/base/text.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace relayctl {

bool is_base64(char c) noexcept
{
    return is_alpha(c) || is_digit(c) || c == '+' || c == '/';
}

std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text)
{
    const std::size_t letters = text.find_last_not_of('=') + 1;
    // Four letters are three bytes; one letter alone says nothing.
    if (!std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(letters), is_base64)
        || letters % 4 == 1 || text.size() - letters > 2) {
        return std::nullopt;
    }
    std::string padded(text.substr(0, letters));
    padded.append((4 - letters % 4) % 4, '=');
    std::vector<std::uint8_t> bytes(padded.size() / 4 * 3);
    const int size = EVP_DecodeBlock(bytes.data(),
        reinterpret_cast<const unsigned char*>(padded.data()), static_cast<int>(padded.size()));
    if (size < 0) {
        return std::nullopt;
    }
    bytes.resize(letters * 3 / 4); // EVP_DecodeBlock() counts the padding as bytes
    return bytes;
}

std::string encode_base64_lines(const std::vector<std::uint8_t>& bytes)
{
    constexpr std::size_t bytes_of_line = 48;
    std::string lines;
    for (std::size_t at = 0; at < bytes.size(); at += bytes_of_line) {
        const std::size_t size = std::min(bytes_of_line, bytes.size() - at);
        std::string line(size / 3 * 4 + 5, '\0'); // with the NUL that EVP_EncodeBlock() writes
        const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(line.data()),
            bytes.data() + at, static_cast<int>(size));
        lines += line.substr(0, static_cast<std::size_t>(length)) + '\n';
    }
    return lines;
}

} // namespace relayctl
