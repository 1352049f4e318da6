// There are two readers. from_key() knows the one form in which smtpd asks, and is fast enough for
// each key of a table of millions. read_spelling() knows what people paste, and explains what is
// wrong with it; it takes off the label first, then reads pairs of digits.
#include "core/x509/fingerprint.hpp"

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
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

std::size_t label_length(std::string_view text) noexcept
{
    // The last '=' counts: a log line has several in front of the fingerprint.
    if (const std::size_t equals = text.rfind('='); equals != std::string_view::npos) {
        return equals + 1;
    }
    // "sha256:HEX" or "MD5:HEX": a word with a letter that is no hexadecimal digit, then a colon.
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return 0;
    }
    const std::string_view word = text.substr(0, colon);
    const auto is_word = [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '/'; };
    const bool label = word.size() > 2 && std::all_of(word.begin(), word.end(), is_word)
        && is_alpha(word.front())
        && std::any_of(word.begin(), word.end(), [](char c) { return hex_value(c) < 0; });
    return label ? colon + 1 : 0;
}

namespace {

// What was read of a text that somebody typed or pasted.
struct Spelling {
    std::array<std::uint8_t, Fingerprint::max_size> bytes{};
    std::size_t size = 0;
    std::string problem; // empty if it is a fingerprint
    std::size_t column = 0; // of the problem, in bytes from 1

    // Notes the problem and returns itself. at: the place in the text, in bytes from 0.
    Spelling& fail(std::string what, std::size_t at)
    {
        problem = std::move(what);
        column = at + 1;
        return *this;
    }
};

// Returns true for what people and tools put between two digits.
bool is_separator(char c)
{
    return c == ':' || c == '-' || is_blank(c);
}

// Returns true if a label says that a fingerprint follows. The name of a client in a log
// ("subject_CN=AA:BB:...") does not, nor does what the client said in its HELO.
bool names_fingerprint(std::string_view label)
{
    label.remove_suffix(1); // '=' or ':'
    const std::string text = to_lower(trim(label));
    const std::size_t blank = std::min(text.find_last_of(" \t,(*") + 1, text.size());
    const std::string_view word = std::string_view(text).substr(blank);
    const auto ends_in = [&](std::string_view end) { return text.ends_with(end); };
    return ends_in("fingerprint") || ends_in("thumbprint") || ends_in("hash") || ends_in(")")
        || word.starts_with("sha") || word.starts_with("md5") || word.starts_with("rmd")
        || word.starts_with("ripemd") || word.starts_with("blake");
}

// Reads the pairs of hexadecimal digits in text[begin, end), with or without separators.
Spelling read_pairs(std::string_view text, std::size_t begin, std::size_t end)
{
    Spelling result;
    int high = -1; // the first digit of a pair, until the second one comes
    for (std::size_t i = begin; i < end; ++i) {
        const char c = text[i];
        if (is_separator(c)) {
            if (high >= 0) {
                return result.fail("a lone digit before " + quote(std::string(1, c)), i);
            }
            continue;
        }
        const int value = hex_value(c);
        if (value < 0) {
            const std::size_t length = std::max<std::size_t>(utf8_length(text.substr(i)), 1);
            return result.fail(quote(text.substr(i, length)) + " is not a hexadecimal digit", i);
        }
        if (high < 0) {
            high = value;
            continue;
        }
        if (result.size == Fingerprint::max_size) {
            return result.fail("more than " + std::to_string(Fingerprint::max_size) + " bytes", i);
        }
        result.bytes[result.size++] = static_cast<std::uint8_t>(high << 4 | value);
        high = -1;
    }
    return high >= 0 ? result.fail("an odd number of hexadecimal digits", end - 1) : result;
}

// Reads a fingerprint in any spelling. Allocates memory only if there is a label, or a problem to
// describe.
Spelling read_spelling(std::string_view text)
{
    std::size_t end = text.size();
    while (end > 0 && is_blank(text[end - 1])) {
        --end;
    }
    const std::size_t label = label_length(text);
    // Without this check the text behind any '=' in a log could become a fingerprint.
    if (label > 0 && text[label - 1] == '=' && !names_fingerprint(text.substr(0, label))) {
        return Spelling().fail(
            quote(text.substr(0, label), 100) + " does not say that a fingerprint follows", 0);
    }
    if (has_several_fingerprints(text)) {
        return Spelling().fail("there are several fingerprints in it", 0);
    }
    Spelling result = read_pairs(text, label, end);
    if (result.problem.empty() && result.size < Fingerprint::min_size) {
        result.fail(count_of(result.size, "byte", "bytes")
                + " are too few, the shortest digest (md5) has "
                + std::to_string(Fingerprint::min_size),
            0);
    }
    return result;
}

} // namespace

std::optional<Fingerprint> Fingerprint::from_any(std::string_view text) noexcept
{
    const Spelling spelling = read_spelling(text);
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
    const Spelling spelling = read_spelling(text);
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
