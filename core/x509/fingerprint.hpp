// A fingerprint as a value: the bytes of a digest. What a table holds is text; see
// Fingerprint::from_key.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace relayctl {

class Fingerprint {
public:
    static constexpr std::size_t max_size = 64; // sha512, the longest digest OpenSSL has
    static constexpr std::size_t min_size = 16; // md5, the shortest that Postfix would compute

    explicit Fingerprint(std::span<const std::uint8_t> bytes) noexcept; // at most max_size of them

    // A key of a table as smtpd would ask for it (tls_digest_encode() in tls_fprint.c): pairs of
    // hexadecimal digits, either case, joined by ':', between 2 and max_size of them. Anything else
    // has no value; never throws.
    static std::optional<Fingerprint> from_key(std::string_view key) noexcept;

    // Any spelling that people paste: with or without colons, either case, blanks between, and
    // behind a label such as "sha256 Fingerprint=" or "SHA2-256(stdin)= ". No value where it is
    // none of these, or where there are several fingerprints in it (see pasted_fingerprint.hpp).
    static std::optional<Fingerprint> from_any(std::string_view text) noexcept;

    // What a key of a table means: as smtpd asks for it, else in any spelling.
    static std::optional<Fingerprint> from_written(std::string_view key) noexcept;

    // The same as from_any() for what somebody typed as a fingerprint: ErrorKind::input with the
    // reason and the column, or with what require_one_fingerprint() says.
    static Fingerprint parse(std::string_view text);

    std::span<const std::uint8_t> bytes() const noexcept { return { bytes_.data(), size_ }; }
    std::size_t size() const noexcept { return size_; }

    // The form Postfix uses: upper case, ':' between the pairs.
    std::string to_string() const;

    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
    friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;

private:
    Fingerprint() noexcept = default;

    std::array<std::uint8_t, max_size> bytes_{};
    std::uint8_t size_ = 0;
};

// Where the fingerprint begins in text that may carry a pasted label: behind the last '=' (openssl
// prints "sha256 Fingerprint=AA:.." and "SHA2-256(stdin)= aa..") or a leading "sha256:"; 0 where
// there is no label.
std::size_t label_length(std::string_view text) noexcept;

} // namespace relayctl
