// There are two readers. from_key() knows the one form in which smtpd asks, and is fast enough for
// each key of a table of millions. read_spelling() knows what people paste
// (core/x509/fingerprint_spelling.hpp).
#include "core/x509/fingerprint.hpp"

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/x509/fingerprint_spelling.hpp"
#include "core/x509/pasted_fingerprint.hpp"

#include <algorithm>

namespace relayctl {

Fingerprint::Fingerprint(std::span<const std::uint8_t> bytes) noexcept
    : size_(static_cast<std::uint8_t>(std::min(bytes.size(), max_size)))
{
    std::copy_n(bytes.begin(), size_, bytes_.begin());
}

std::optional<Fingerprint> Fingerprint::from_key(std::string_view key) noexcept
{
    if (key.size() > max_size * 3 - 1 || !is_pairs_of_digits(key)) {
        return std::nullopt;
    }
    Fingerprint result;
    for (std::size_t i = 0; i < key.size(); i += 3) {
        result.bytes_[result.size_++]
            = static_cast<std::uint8_t>(hex_value(key[i]) << 4 | hex_value(key[i + 1]));
    }
    return result;
}

std::optional<Fingerprint> Fingerprint::from_any(std::string_view text) noexcept
{
    const FingerprintSpelling spelling = read_spelling(text);
    return spelling.problem.empty()
        ? std::optional(Fingerprint(std::span(spelling.bytes.data(), spelling.size)))
        : std::nullopt;
}

std::optional<Fingerprint> Fingerprint::from_written(std::string_view key) noexcept
{
    const auto fingerprint = from_key(key);
    return fingerprint ? fingerprint : from_any(key);
}

Fingerprint Fingerprint::parse(std::string_view text)
{
    require_one_fingerprint(text);
    const FingerprintSpelling spelling = read_spelling(text);
    if (!spelling.problem.empty()) {
        throw Error(ErrorKind::input,
            "fingerprint " + quote(text, 100) + ": " + spelling.problem + " (column "
                + std::to_string(spelling.column) + ")");
    }
    return Fingerprint(std::span(spelling.bytes.data(), spelling.size));
}

std::string Fingerprint::to_string() const
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    text.reserve(std::size_t{ size_ } * 3);
    for (const std::uint8_t byte : bytes()) {
        if (!text.empty()) {
            text += ':';
        }
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

} // namespace relayctl
