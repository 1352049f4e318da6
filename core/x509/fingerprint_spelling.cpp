// The digits are found first, wherever they stand. What stands in front of them must be a label of
// a fingerprint, since a log has names in it that the client chose, and behind them nothing that
// means something. Where no digits are found, the text is read from its beginning, to say what is
// wrong with it.
#include "core/x509/fingerprint_spelling.hpp"

#include "core/base/bytes.hpp"
#include "core/base/text.hpp"
#include "core/x509/base64.hpp"
#include "core/x509/digest.hpp"
#include "core/x509/escaped_text.hpp"
#include "core/x509/pasted_fingerprint.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Notes the problem and returns the spelling. at: the place in the text, in bytes from 0.
FingerprintSpelling& fail(FingerprintSpelling& spelling, std::string what, std::size_t at)
{
    spelling.problem = std::move(what);
    spelling.column = at + 1;
    return spelling;
}

FingerprintSpelling failed(std::string what, std::size_t at)
{
    FingerprintSpelling spelling;
    return fail(spelling, std::move(what), at);
}

// Returns true for what people and tools put between two digits.
bool is_separator(char c)
{
    return c == ':' || c == '-' || c == ',' || is_blank(c);
}

constexpr std::string_view opening = "\"'`([{<";
constexpr std::string_view closing = "\"'`)]}>.,;:- \t\r\n";

// Takes the characters off the end of the text.
std::string_view without_end(std::string_view text, std::string_view characters)
{
    return text.substr(0, text.find_last_not_of(characters) + 1);
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words)
{
    return std::any_of(words.begin(), words.end(),
        [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// Returns true if the last word of a label, in small letters, is a digest or says that a
// fingerprint follows.
bool ends_in_fingerprint(std::string_view label)
{
    const std::size_t blank = std::min(label.find_last_of(" \t\r\n,(*") + 1, label.size());
    const std::string_view word = label.substr(blank);
    // "sha256", "SHA-256", "MD5(stdin)"; a host has a dot.
    const bool is_digest = word.find('.') == std::string_view::npos
        && word.find_first_of("0123456789") != std::string_view::npos
        && contains_any(word.substr(0, 8), { "sha", "md5", "rmd", "ripemd", "blake" });
    return word.ends_with("fingerprint") || word.ends_with("thumbprint") || word.ends_with("hash")
        || word.ends_with("fingerabdruck") || word.ends_with("empreinte") || is_digest;
}

// Returns true if a label says that a fingerprint follows. The name of a client in a log
// ("subject_CN=AA:BB:...") does not, nor does what the client said in its HELO.
bool names_fingerprint(std::string_view given)
{
    const bool has_equals = without_end(given, " \t\r\n").ends_with('=');
    const std::string label = to_lower(without_end(given, "=: \t\r\n\"'`([{<"));
    // That is the digest of other bytes than those of the SubjectPublicKeyInfo.
    if (contains_any(label, { "key id", "keyid", "key identifier" })) {
        return false;
    }
    if (label.ends_with(')')) { // "SHA2-256(stdin)= ", "Cert Hash(sha256): "
        const std::size_t open = std::min(label.rfind('('), label.size());
        return has_equals || ends_in_fingerprint(label.substr(0, label.size() - 1))
            || ends_in_fingerprint(without_end(std::string_view(label).substr(0, open), " \t"));
    }
    return label.empty()
        || ends_in_fingerprint(label)
        // "SHA-256 fingerprint of the certificate: " is a sentence, and a log line has none.
        || (!has_equals
            && contains_any(
                label, { "fingerprint of ", "hash of ", "fingerabdruck", "empreinte" }));
}

// Returns true if what stands in front of a fingerprint is rather its beginning with a wrong digit
// than a label: it is short, or begins as "5B:" does and has no blank.
bool is_mistyped(std::string_view before)
{
    constexpr std::size_t longest = 3;
    return before.size() <= longest
        || (hex_value(before[0]) >= 0 && hex_value(before[1]) >= 0 && before[2] == ':'
            && before.find_first_of(" \t\r\n=") == std::string_view::npos);
}

// Reads the pairs of hexadecimal digits in text[begin, end), with or without separators.
FingerprintSpelling read_pairs(std::string_view text, std::size_t begin, std::size_t end)
{
    FingerprintSpelling result;
    int high = -1; // the first digit of a pair, until the second one comes
    for (std::size_t i = begin; i < end; ++i) {
        const char c = text[i];
        if (is_separator(c)) {
            if (high >= 0) {
                return fail(result, "a lone digit before " + quote(std::string(1, c)), i);
            }
            continue;
        }
        const int value = hex_value(c);
        if (value < 0) {
            const std::size_t length = std::max<std::size_t>(utf8_length(text.substr(i)), 1);
            return fail(result, quote(text.substr(i, length)) + " is not a hexadecimal digit", i);
        }
        if (high < 0) {
            high = value;
            continue;
        }
        if (result.size == Fingerprint::max_size) {
            return fail(result, "more than " + std::to_string(Fingerprint::max_size) + " bytes", i);
        }
        result.bytes[result.size++] = static_cast<std::uint8_t>(high << 4 | value);
        high = -1;
    }
    if (high >= 0) {
        return fail(result, "an odd number of hexadecimal digits", end - 1);
    }
    if (result.size < Fingerprint::min_size) {
        return fail(result,
            count_of(result.size, "byte", "bytes") + " are too few, the shortest digest (md5) has "
                + std::to_string(Fingerprint::min_size),
            0);
    }
    return result;
}

// Reads the digits that were found, if what stands around them may stand there.
FingerprintSpelling read_found(std::string_view text, const PastedFingerprint& place)
{
    const std::string_view before = text.substr(0, place.begin);
    const std::string_view behind = text.substr(place.end);
    if (!names_fingerprint(before)) {
        return failed(quote(trim(before), 100) + " does not say that a fingerprint follows", 0);
    }
    if (const std::size_t other = behind.find_first_not_of(closing);
        other != std::string_view::npos) {
        return failed(
            quote(behind.substr(other)) + " stands behind the fingerprint", place.end + other);
    }
    return read_pairs(text, place.begin, place.end);
}

// Reads the base64 of a digest at the end of the text. Has a problem if there is none. Its letters
// could be those of a name, so it must end in '=' or stand behind the name of its digest.
FingerprintSpelling read_base64(std::string_view text)
{
    text = without_end(text, "\"'`)]}>.,; \t\r\n");
    const std::size_t letters_end = text.find_last_not_of('=') + 1;
    for (const std::size_t size : { 16U, 20U, 28U, 32U, 48U, 64U }) {
        const std::size_t letters = (size * 4 + 2) / 3;
        if (letters_end < letters) {
            break;
        }
        std::string label = to_lower(text.substr(0, letters_end - letters));
        std::erase(label, '-');
        const bool is_labelled = label.find(digest_of_size(size)) != std::string::npos
            && std::string_view(":/=;\" \t-").find(text[letters_end - letters - 1])
                != std::string_view::npos;
        const bool is_padded = text.size() - letters_end == (4 - letters % 4) % 4
            && text.size() > letters_end && label.find_first_not_of(opening) == std::string::npos;
        std::string word(text.substr(letters_end - letters, letters));
        std::replace(word.begin(), word.end(), '-', '+'); // of base64 for URLs
        std::replace(word.begin(), word.end(), '_', '/');
        const auto bytes = is_labelled || is_padded ? decode_base64(word) : std::nullopt;
        if (bytes) {
            FingerprintSpelling found;
            std::copy(bytes->begin(), bytes->end(), found.bytes.begin());
            found.size = size;
            return found;
        }
    }
    return failed("is no base64 of a digest", 0);
}

} // namespace

FingerprintSpelling read_spelling(std::string_view given)
{
    std::string plain = is_ascii(given) ? std::string(given) : with_plain_characters(given);
    // Databases and source code write "0x" or "\x" in front of digits.
    for (const std::string_view prefix : { "\\x", "0x", "0X" }) {
        for (std::size_t at = 0; (at = plain.find(prefix, at)) != std::string::npos;) {
            plain.erase(at, prefix.size());
        }
    }
    const std::string_view text = without_end(plain, ".,; \t\r\n");
    if (has_several_fingerprints(text)) {
        return failed("there are several fingerprints in it", 0);
    }
    if (const auto place = find_fingerprint(text, 0); place
        && (!is_mistyped(text.substr(0, place->begin))
            || names_fingerprint(text.substr(0, place->begin)))) {
        return read_found(text, *place);
    }
    FingerprintSpelling from_base64 = read_base64(text);
    if (from_base64.problem.empty()) {
        return from_base64;
    }
    const std::size_t begin = std::min(text.find_first_not_of(opening), text.size());
    return read_pairs(text, begin, without_end(text, "\"'`)]}> \t\r\n").size());
}

} // namespace relayctl
