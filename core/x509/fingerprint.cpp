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
    const char* digits = key.data();
    for (std::uint8_t& byte : std::span(result.bytes_).first((key.size() + 1) / 3)) {
        byte = static_cast<std::uint8_t>(hex_value(digits[0]) << 4 | hex_value(digits[1]));
        digits += 3;
    }
    result.size_ = static_cast<std::uint8_t>((key.size() + 1) / 3);
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
    std::string text(std::size_t{ size_ } * 3, ':');
    for (std::size_t i = 0; i < size_; ++i) {
        text[i * 3] = digits[bytes_[i] >> 4];
        text[i * 3 + 1] = digits[bytes_[i] & 15];
    }
    text.resize(text.size() - (text.empty() ? 0 : 1));
    return text;
}

} // namespace relayctl
