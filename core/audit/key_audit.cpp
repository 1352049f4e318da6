#include "core/audit/key_audit.hpp"

#include "core/base/bytes.hpp"
#include "core/base/invisible.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns the hint that gives the key as it should be; the given one if nobody can tell that.
std::string corrected(std::string_view key, const std::string& otherwise)
{
    const auto meant = Fingerprint::from_any(key);
    return meant ? "write it as " + meant->to_string() : otherwise;
}

std::string compute_anew(const Digest& digest)
{
    return "compute the fingerprint anew: relayctl fingerprint -d " + digest.name() + " CERT";
}

// Returns the place of the first character that nobody sees, or npos.
std::size_t find_invisible(std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        char32_t c = 0;
        const std::size_t length = utf8_length(text.substr(at), &c);
        if (length > 0 && is_invisible(c)) {
            return at;
        }
        at += std::max<std::size_t>(length, 1);
    }
    return std::string_view::npos;
}

// Returns the problem that openssl's label is in the key or in front of the value; no value if it
// is not.
std::optional<KeyProblem> pasted_label(std::string_view key, std::string_view value)
{
    // "sha256 Fingerprint=AA:.. host" and "SHA2-256(stdin)= aa.. host" split at the blank;
    // "SHA256=AA:.." and "SHA256:AA:.." do not.
    const bool label_in_value = equal_ignoring_case(value.substr(0, 12), "fingerprint=");
    const std::string_view label = key.substr(0, key.find_first_of("=:"));
    const bool is_word = label.size() > 2 && label.size() + 1 < key.size()
        && std::any_of(label.begin(), label.end(), [](char c) { return hex_value(c) < 0; });
    const bool is_base64 = key.ends_with('=') && Fingerprint::from_any(key); // that is its padding
    const bool label_in_key = !is_base64 && (is_word || key.find('=') != std::string_view::npos);
    if (!label_in_value && !label_in_key) {
        return std::nullopt;
    }
    return KeyProblem{ "pasted-label", 1,
        "openssl's label was pasted with the fingerprint: the key is " + quote(key)
            + ", which no client matches",
        corrected(key, "leave only the fingerprint, everything behind '=', before the host") };
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

// Returns what is wrong if the key has something in it or around it by which its writer can be told
// what happened: a quote, a label, a separator, a host.
std::optional<KeyProblem> written_around(std::string_view key, std::string_view value)
{
    // A quote only keeps blanks in a key; postmap() in postmap.c leaves the key in its quoted form.
    if (key.find('"') != std::string_view::npos) {
        return KeyProblem{ "quoted-key", key.find('"') + 1,
            "a quoted key: Postfix keeps the quotes as part of it, so no fingerprint matches",
            "remove the quotes" };
    }
    // Without what nobody sees, the key is often a fingerprint.
    if (const std::size_t at = find_invisible(key); at != std::string_view::npos) {
        return KeyProblem{ "not-hexadecimal", at + 1,
            quote(key.substr(at, utf8_length(key.substr(at))))
                + " in it is a character that nobody sees, as text from a web page or a word "
                  "processor has it: the key matches no client",
            corrected(key, "remove that character") };
    }
    if (Fingerprint::from_any(value) && !Fingerprint::from_any(key)) {
        return KeyProblem{ "not-hexadecimal", 1,
            "the host " + quote(key) + " stands before its fingerprint: the key matches no client",
            "write the fingerprint first, then the host" };
    }
    if (auto problem = pasted_label(key, value)) {
        return problem;
    }
    if (key.ends_with(',') || key.ends_with(';') || key.ends_with('|')) {
        return KeyProblem{ "not-hexadecimal", key.size(),
            "the key ends in " + quote(key.substr(key.size() - 1))
                + ", which is part of it, so no fingerprint matches",
            "put only a blank between fingerprint and host" };
    }
    if (key.ends_with('=') && Fingerprint::from_any(key)) {
        return KeyProblem{ "not-hexadecimal", 1,
            "the key is a fingerprint in base64, which no client matches", corrected(key, "") };
    }
    if (key.ends_with(':')) {
        return KeyProblem{ "key-ends-with-colon", key.size(),
            "the key ends in ':', as in an alias file: the colon is part of it, so no fingerprint "
            "matches",
            "remove the last ':'" };
    }
    return std::nullopt;
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
    if (auto problem = written_around(key, value)) {
        return problem;
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
            corrected(key, compute_anew(digest)) };
    }
    if (key.find(':') == std::string_view::npos && key.size() >= 2 * Fingerprint::min_size) {
        return KeyProblem{ "no-colons", 1, "a fingerprint without colons, which no client matches",
            corrected(key, "it has an odd number of digits") };
    }
    std::size_t at = 0; // the first place where "XX:XX:..." is left
    while (at < key.size() && (at % 3 == 2 ? key[at] == ':' : key[at] != ':')) {
        ++at;
    }
    return KeyProblem{ "bad-grouping", std::min(at, key.size()) + 1,
        "not pairs of hexadecimal digits joined by ':', which no client matches",
        corrected(key, compute_anew(digest)) };
}

std::optional<JoinedHost> host_joined_to(std::string_view key)
{
    // The longest fingerprint at the beginning; behind it, what joins it to the host.
    const std::size_t end = std::min(key.find_first_not_of("0123456789ABCDEFabcdef:"), key.size());
    if (end == key.size() || !Fingerprint::from_any(key.substr(0, end))) {
        return std::nullopt;
    }
    char32_t c = 0;
    const std::size_t length = utf8_length(key.substr(end), &c);
    const bool joins = std::string_view(",;|=/").find(key[end]) != std::string_view::npos
        || (length > 0 && is_invisible(c));
    return joins && end + length < key.size()
        ? std::optional(JoinedHost{ key.substr(end, length), end })
        : std::nullopt;
}

} // namespace relayctl
