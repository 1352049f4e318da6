#include "core/x509/escaped_text.hpp"

#include "core/base/bytes.hpp"
#include "core/base/invisible.hpp"
#include "core/base/text.hpp"
#include "core/x509/base64.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace relayctl {

namespace {

// Returns the text without what quoted-printable (RFC 2045, 6.7) makes of base64: "=3D" is "=", and
// "=" at the end of a line joins it to the next. Base64 itself has no '=' in front of a letter.
std::string without_soft_breaks(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        out += text[i];
        if (text[i] != '=') {
            continue;
        }
        const std::size_t next = std::min(text.find_first_not_of("\r\n", i + 1), text.size());
        if (text.substr(i + 1, 2) == "3D") {
            i += 2;
        } else if (next > i + 1 && next < text.size() && is_base64(text[next])) {
            out.pop_back();
            i = next - 1;
        }
    }
    return out;
}

// Returns the character that `digits` hexadecimal digits at this place say. Has no value if they
// are none, or say no ASCII character.
std::optional<char> hex_character(std::string_view text, std::size_t at, std::size_t digits)
{
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) {
        const int digit = i < text.size() ? hex_value(text[i]) : -1;
        if (digit < 0 || value > 7) {
            return std::nullopt;
        }
        value = value * 16 + digit;
    }
    return value < 0x80 ? std::optional(static_cast<char>(value)) : std::nullopt;
}

// What URL encoding makes of characters in and around base64, which has no '%' of its own.
constexpr std::array<std::string_view, 8> escapes_of_base64
    = { "%20", "%0A", "%0a", "%2B", "%2b", "%2F", "%2f", "%3D" };

// Returns the text without URL encoding: nginx passes certificates on in it, web forms write a
// blank as '+'.
std::string without_percent_encoding(std::string_view text)
{
    const bool plus_is_blank = text.find("BEGIN+") != std::string_view::npos;
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto written = text[i] == '%' ? hex_character(text, i + 1, 2) : std::nullopt;
        out += written ? *written : text[i] == '+' && plus_is_blank ? ' ' : text[i];
        i += written ? 2 : 0;
    }
    return out;
}

// Returns the text without the escapes of JSON, C and shells. How many backslashes there are tells
// how often it was quoted, which does not matter.
std::string without_backslashes(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        while (i + 1 < text.size() && text[i + 1] == '\\') {
            ++i;
        }
        const char next = i + 1 < text.size() ? text[i + 1] : '\n';
        if (next == 'n' || next == 'r' || next == 't') {
            out += '\n';
            ++i;
        } else if (const auto c = hex_character(text, i + 2, 4); next == 'u' && c) {
            out += *c;
            i += 5;
        }
    }
    return out;
}

// Returns the text without the numeric references of XML for ASCII characters: "&#10;", "&#xA;".
std::string without_references(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t end = text[i] == '&' && text.substr(i + 1, 1) == "#"
            ? text.substr(0, i + 7).find(';', i)
            : std::string_view::npos;
        if (end == std::string_view::npos) {
            out += text[i];
            continue;
        }
        std::string_view digits = text.substr(i + 2, end - i - 2);
        const bool is_hex = digits.starts_with('x') || digits.starts_with('X');
        digits.remove_prefix(is_hex ? 1 : 0);
        int value = digits.empty() ? 0x80 : 0;
        for (const char c : digits) {
            value = hex_value(c) < 0 || value > 0x7f ? 0x80
                                                     : value * (is_hex ? 16 : 10) + hex_value(c);
        }
        if (value < 0x80) {
            out += static_cast<char>(value);
            i = end;
        } else {
            out += text[i];
        }
    }
    return out;
}

} // namespace

std::string with_plain_characters(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        char32_t c = 0;
        const std::size_t length = std::max<std::size_t>(utf8_length(text, &c), 1);
        if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212) {
            out += "--"; // one dash often stands for two
        } else if ((c >= 0x2018 && c <= 0x201f) || c == 0xab || c == 0xbb) {
            out += '"';
        } else if (is_invisible(c)) {
            const bool has_width = c == 0xa0 || c == 0x202f || c == 0x205f || c == 0x3000
                || (c >= 0x2000 && c <= 0x200a);
            out += has_width ? " " : "";
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return out;
}

std::string without_escapes(std::string_view given)
{
    std::string text(given);
    const bool has_percent = std::any_of(escapes_of_base64.begin(), escapes_of_base64.end(),
        [&](std::string_view escape) { return text.find(escape) != std::string::npos; });
    if (has_percent || text.find("BEGIN+") != std::string::npos) {
        text = without_percent_encoding(text);
    }
    if (text.find("&#") != std::string::npos) {
        text = without_references(text);
    }
    if (text.find('\\') != std::string::npos) {
        text = without_backslashes(text);
    }
    if (!is_ascii(text)) {
        text = with_plain_characters(text);
    }
    return without_soft_breaks(text);
}

} // namespace relayctl
