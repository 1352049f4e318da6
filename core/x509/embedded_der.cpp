// The length in front of a SEQUENCE tells how much of the text belongs to it. So no rule about what
// ends base64 is needed, and a word that only looks like base64 is not taken for a certificate.
#include "core/x509/embedded_der.hpp"

#include "core/base/text.hpp"
#include "core/x509/base64.hpp"
#include "core/x509/escaped_text.hpp"

#include <algorithm>
#include <optional>

namespace relayctl {

namespace {

constexpr std::size_t smallest = 40; // bytes; that of an Ed25519 public key has 44

// Returns how many bytes the SEQUENCE has that begins with these, with its header. Returns 0 if it
// is none, or one without a definite length.
std::size_t size_of_sequence(std::string_view begin)
{
    const auto byte = [&](std::size_t i) {
        return i < begin.size() ? static_cast<unsigned char>(begin[i]) : 0U;
    };
    if (byte(0) != 0x30) {
        return 0;
    }
    if (byte(1) < 0x80) {
        return 2 + byte(1);
    }
    const std::size_t digits = byte(1) & 0x7f;
    if (digits == 0 || digits > 3) {
        return 0;
    }
    std::size_t length = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        length = length << 8 | byte(2 + i);
    }
    return 2 + digits + length;
}

// Returns `count` letters of base64 from this place on, or fewer if other characters than white
// space come first. at: moves behind them.
std::string letters_from(std::string_view text, std::size_t& at, std::size_t count)
{
    std::string letters;
    for (; letters.size() < count && at < text.size(); ++at) {
        if (is_base64(text[at])) {
            letters += text[at];
        } else if (!is_blank(text[at])) {
            break;
        }
    }
    return letters;
}

std::string bytes_of(std::string_view letters)
{
    const auto bytes = decode_base64(letters);
    return bytes ? std::string(bytes->begin(), bytes->end()) : "";
}

// Returns the SEQUENCE whose base64 begins here. at: moves behind what was looked at.
std::optional<std::string> base64_at(std::string_view text, std::size_t& at)
{
    const std::size_t begin = at;
    const std::size_t size = size_of_sequence(bytes_of(letters_from(text, at, 8)));
    const std::size_t count = (size * 4 + 2) / 3;
    if (size < smallest || count > text.size() - begin) {
        return std::nullopt;
    }
    at = begin;
    std::string der = bytes_of(letters_from(text, at, count));
    return der.size() == size ? std::optional(std::move(der)) : std::nullopt;
}

// Returns the bytes of a text that is nothing but hexadecimal digits, in groups or not. Has no
// value for any other text.
std::optional<std::string> all_hexadecimal(std::string_view text)
{
    text = trim(text);
    for (const std::string_view prefix : { "0x", "0X", "x" }) { // "\x", without its backslash
        text.remove_prefix(text.starts_with(prefix) ? prefix.size() : 0);
    }
    std::string bytes;
    int high = -1;
    for (const char c : text) {
        const int digit = hex_value(c);
        if (digit < 0 && !is_blank(c) && c != ':') {
            return std::nullopt;
        }
        if (digit >= 0 && high < 0) {
            high = digit;
        } else if (digit >= 0) {
            bytes += static_cast<char>(high << 4 | digit);
            high = -1;
        }
    }
    return high < 0 && bytes.size() >= smallest && size_of_sequence(bytes) == bytes.size()
        ? std::optional(bytes)
        : std::nullopt;
}

} // namespace

std::vector<std::string> embedded_der(std::string_view given)
{
    const std::string text = without_escapes(given);
    if (auto bytes = all_hexadecimal(text)) {
        return { *std::move(bytes) };
    }
    std::vector<std::string> found;
    // A text in which every other word says that megabytes follow would take hours.
    std::size_t work = 16 * text.size();
    for (std::size_t at = 0; at < text.size() && work > 0; ++at) {
        // "M" is how base64 begins that says 0x30.
        if (text[at] != 'M' || (at > 0 && is_base64(text[at - 1]) && text[at - 1] != '/')) {
            continue;
        }
        std::size_t end = at;
        auto der = base64_at(text, end);
        work -= std::min(work, end - at);
        if (der) {
            found.push_back(*std::move(der));
            at = end - 1;
        }
    }
    return found;
}

} // namespace relayctl
