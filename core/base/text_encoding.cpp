#include "core/base/text_encoding.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace relayctl {

namespace {

// How the characters of a text are written.
struct Encoding {
    std::size_t mark = 0; // length of the byte order mark
    std::size_t unit = 1; // bytes of a code unit: 1, 2 or 4
    bool is_big_endian = false;
};

// Returns true for a character that a text begins with.
bool is_printable(char c)
{
    return (c >= ' ' && c < '\x7f') || c == '\n' || c == '\r' || c == '\t';
}

Encoding encoding_of(std::string_view bytes)
{
    using namespace std::string_view_literals;
    // The mark of UTF-32 begins with that of UTF-16, so it is looked for first.
    if (bytes.starts_with("\xFF\xFE\0\0"sv)) {
        return { 4, 4, false };
    }
    if (bytes.starts_with("\0\0\xFE\xFF"sv)) {
        return { 4, 4, true };
    }
    if (bytes.starts_with("\xFF\xFE"sv) || bytes.starts_with("\xFE\xFF"sv)) {
        return { 2, 2, bytes.front() == '\xFE' };
    }
    if (bytes.starts_with("\xEF\xBB\xBF"sv)) {
        return { 3, 1, false };
    }
    const auto is_wide = [&](std::size_t low, std::size_t high) {
        return bytes.size() >= 4 && is_printable(bytes[low]) && is_printable(bytes[low + 2])
            && bytes[high] == '\0' && bytes[high + 2] == '\0';
    };
    const bool is_big = is_wide(1, 0);
    return is_big || is_wide(0, 1) ? Encoding{ 0, 2, is_big } : Encoding();
}

void append_utf8(std::string& out, std::uint32_t c)
{
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        c = 0xfffd;
    }
    if (c < 0x80) {
        out += static_cast<char>(c);
        return;
    }
    const unsigned length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    out += static_cast<char>((0xf00U >> length & 0xff) | c >> 6 * (length - 1));
    for (unsigned rest = length - 1; rest-- > 0;) {
        out += static_cast<char>(0x80 | (c >> 6 * rest & 0x3f));
    }
}

} // namespace

std::string in_utf8(std::string bytes)
{
    const Encoding encoding = encoding_of(bytes);
    if (encoding.unit == 1) {
        bytes.erase(0, encoding.mark);
        return bytes;
    }
    const auto unit_at = [&](std::size_t at) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < encoding.unit; ++i) {
            const std::size_t place = encoding.is_big_endian ? i : encoding.unit - 1 - i;
            value = value << 8 | static_cast<unsigned char>(bytes[at + place]);
        }
        return value;
    };
    std::string text;
    text.reserve(bytes.size() / encoding.unit);
    for (std::size_t at = encoding.mark; at + encoding.unit <= bytes.size(); at += encoding.unit) {
        std::uint32_t c = unit_at(at);
        // A character beyond U+FFFF is a pair of surrogates in UTF-16.
        const bool is_pair = encoding.unit == 2 && c >= 0xd800 && c < 0xdc00
            && at + 4 <= bytes.size() && unit_at(at + 2) >= 0xdc00 && unit_at(at + 2) < 0xe000;
        if (is_pair) {
            at += 2;
            c = 0x10000 + ((c - 0xd800) << 10) + (unit_at(at) - 0xdc00);
        }
        append_utf8(text, c);
    }
    return text;
}

} // namespace relayctl
