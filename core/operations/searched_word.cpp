#include "core/operations/searched_word.hpp"

#include "core/base/text.hpp"

#include <fnmatch.h>

#include <algorithm>

namespace relayctl {

namespace {

constexpr std::size_t fewest_digits = 6; // of the beginning of a fingerprint

// Returns the word in lower case, without its colons.
std::string without_colons(const std::string& word)
{
    std::string digits = to_lower(word);
    std::erase(digits, ':');
    return digits;
}

} // namespace

std::string beginning_digits(std::string word)
{
    for (const std::string_view mark : { "\u2026", "...", "~" }) {
        if (word.ends_with(mark)) {
            word.resize(word.size() - mark.size());
        }
    }
    std::string digits = without_colons(word);
    const bool is_hexadecimal
        = std::all_of(digits.begin(), digits.end(), [](char c) { return hex_value(c) >= 0; });
    return is_hexadecimal && digits.size() >= fewest_digits ? digits : "";
}

const char* const SearchedWord::too_short
    = "the beginning of a fingerprint is understood from its sixth digit on";

SearchedWord::SearchedWord(const std::string& typed)
    : text(typed)
    , fingerprint(Fingerprint::from_any(typed))
    , digits(beginning_digits(typed))
    , is_pattern(typed.find_first_of("*?[") != std::string::npos)
{
}

bool SearchedWord::is_too_short() const
{
    return digits.empty() && !text.empty() && without_colons(text).size() < fewest_digits
        && std::all_of(
            text.begin(), text.end(), [](char c) { return hex_value(c) >= 0 || c == ':'; });
}

bool SearchedWord::is_file() const
{
    return text == "-" || text.find('/') != std::string::npos;
}

bool SearchedWord::is_found() const
{
    return is_any(of_host) || (fingerprint && !of_fingerprint.by_fingerprint.empty());
}

bool SearchedWord::is_any(const Entries& entries)
{
    return !entries.by_fingerprint.empty() || !entries.unusable.empty();
}

bool SearchedWord::begins(const Fingerprint& listed) const
{
    return !digits.empty() && without_colons(listed.to_string()).starts_with(digits);
}

bool SearchedWord::is_meant_by(const EntryView& entry) const
{
    const auto listed = Fingerprint::from_written(entry.fingerprint);
    return equal_ignoring_case(entry.host, text) || (listed && begins(*listed));
}

bool SearchedWord::fits(std::string_view host) const
{
    return is_pattern && ::fnmatch(text.c_str(), std::string(host).c_str(), FNM_CASEFOLD) == 0;
}

} // namespace relayctl
