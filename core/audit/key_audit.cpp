#include "core/audit/key_audit.hpp"

#include "core/base/bytes.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns the problem that openssl's label is in the key or in front of the value; no value if it
// is not.
std::optional<KeyProblem> pasted_label(std::string_view key, std::string_view value)
{
    // "sha256 Fingerprint=AA:.. host" and "SHA2-256(stdin)= aa.. host" split at the blank;
    // "SHA256=AA:.." does not.
    const bool label_in_value = equal_ignoring_case(value.substr(0, 12), "fingerprint=");
    const bool label_in_key = key.find('=') != std::string_view::npos || label_length(key) > 0;
    if (!label_in_value && !label_in_key) {
        return std::nullopt;
    }
    return KeyProblem{ "pasted-label", 1,
        "openssl's label was pasted with the fingerprint: the key is " + quote(key)
            + ", which no client matches",
        "leave only the fingerprint, everything behind '=', before the host" };
}

// Returns the problem that the fingerprint is of another digest, and names the usual one that has
// this length.
KeyProblem wrong_length(std::size_t size, const Digest& digest)
{
    const std::string_view fits = digest_of_size(size);
    return { "wrong-length", 1,
        "a fingerprint of " + count_of(size, "byte", "bytes") + ", but " + digest.name() + " has "
            + std::to_string(digest.size()) + ": "
            + (fits.empty() ? "it fits no usual digest" : "it fits " + std::string(fits)),
        "compute it anew: relayctl fingerprint -d " + digest.name() + " CERT" };
}

} // namespace

std::optional<KeyProblem> problem_with_key(
    std::string_view key, std::string_view value, const Digest& digest)
{
    // A well formed fingerprint can only have the wrong length. The other checks go from the most
    // telling mistake to the least, because a wrong key often fits several.
    if (is_pairs_of_digits(key)) {
        const std::size_t size = (key.size() + 1) / 3;
        return size == digest.size() ? std::nullopt : std::optional(wrong_length(size, digest));
    }
    // A quote only keeps blanks in a key; postmap() in postmap.c leaves the key in its quoted form.
    if (key.find('"') != std::string_view::npos) {
        return KeyProblem{ "quoted-key", key.find('"') + 1,
            "a quoted key: Postfix keeps the quotes as part of it, so no fingerprint matches",
            "remove the quotes" };
    }
    if (auto problem = pasted_label(key, value)) {
        return problem;
    }
    if (key.ends_with(':')) {
        return KeyProblem{ "key-ends-with-colon", key.size(),
            "the key ends in ':', as in an alias file: the colon is part of it, so no fingerprint "
            "matches",
            "remove the last ':'" };
    }
    // The column is that of the first byte which cannot be in a fingerprint; a character of several
    // bytes is quoted as one.
    const auto bad
        = std::find_if(key.begin(), key.end(), [](char c) { return hex_value(c) < 0 && c != ':'; });
    if (bad != key.end()) {
        const auto at = static_cast<std::size_t>(bad - key.begin());
        const std::size_t length = std::max<std::size_t>(utf8_length(key.substr(at)), 1);
        return KeyProblem{ "not-hexadecimal", at + 1,
            quote(key.substr(at, length)) + " is not a hexadecimal digit: the key "
                + quote(key, 100) + " is no fingerprint and matches no client",
            "compute the fingerprint anew: relayctl fingerprint -d " + digest.name() + " CERT" };
    }
    if (key.find(':') == std::string_view::npos && key.size() >= 2 * Fingerprint::min_size) {
        const auto meant = Fingerprint::from_any(key);
        return KeyProblem{ "no-colons", 1, "a fingerprint without colons, which no client matches",
            meant ? "write it as " + meant->to_string() : "it has an odd number of digits" };
    }
    std::size_t at = 0; // the first place where "XX:XX:..." is left
    while (at < key.size() && (at % 3 == 2 ? key[at] == ':' : key[at] != ':')) {
        ++at;
    }
    return KeyProblem{ "bad-grouping", std::min(at, key.size()) + 1,
        "not pairs of hexadecimal digits joined by ':', which no client matches",
        "compute the fingerprint anew: relayctl fingerprint -d " + digest.name() + " CERT" };
}

} // namespace relayctl
