// A fingerprint as a value: the bytes of a digest. The key of a table is text;
// Fingerprint::from_key says which fingerprint it means.
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
    static constexpr std::size_t max_size = 64; // bytes of sha512, OpenSSL's longest digest
    static constexpr std::size_t min_size = 16; // bytes of md5, the shortest that Postfix computes

    // Takes the first max_size bytes.
    explicit Fingerprint(std::span<const std::uint8_t> bytes) noexcept;

    // Reads the key of a table in the form in which smtpd asks for it (tls_digest_encode() in
    // tls_fprint.c): between 2 and max_size pairs of hexadecimal digits in either case, joined by
    // ':'. Has no value for any other text.
    static std::optional<Fingerprint> from_key(std::string_view key) noexcept;

    // Reads any spelling that people paste: with or without colons, in either case, with blanks
    // between, and behind a label such as "sha256 Fingerprint=" or "SHA2-256(stdin)= ". Has no
    // value if the text is no fingerprint or has several in it (core/x509/pasted_fingerprint.hpp).
    static std::optional<Fingerprint> from_any(std::string_view text) noexcept;

    // Reads the key of a table as from_key() does, or else as from_any(): the fingerprint that its
    // author meant, even if smtpd never finds it.
    static std::optional<Fingerprint> from_written(std::string_view key) noexcept;

    // Does what from_any() does, for text that somebody gave as a fingerprint. Throws
    // ErrorKind::input with the reason and the column if it is none, and what
    // require_one_fingerprint() throws.
    static Fingerprint parse(std::string_view text);

    std::span<const std::uint8_t> bytes() const noexcept { return { bytes_.data(), size_ }; }
    std::size_t size() const noexcept { return size_; } // in bytes

    // Writes it as Postfix logs it: pairs of upper-case digits, joined by ':'.
    std::string to_string() const;

    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
    friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;

private:
    Fingerprint() noexcept = default;

    std::array<std::uint8_t, max_size> bytes_{};
    std::uint8_t size_ = 0;
};

// Returns the length of the label in front of a pasted fingerprint: up to the last '=' (openssl
// writes "sha256 Fingerprint=AA:.." and "SHA2-256(stdin)= aa.."), or that of "sha256:" at the
// beginning. Returns 0 if there is no label.
std::size_t label_length(std::string_view text) noexcept;

} // namespace relayctl
