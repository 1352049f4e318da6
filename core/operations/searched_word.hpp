// A word by which somebody names clients, and the entries of the tables that it may mean.
#pragma once

#include "core/table/entry_view.hpp"
#include "core/x509/fingerprint.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relayctl {

// Returns the digits of a word that can be the beginning of a fingerprint, in lower case and
// without colons; of another word, and of fewer than six digits, nothing. Messages end a beginning
// in an ellipsis, "..." or "~", which are copied with it.
std::string beginning_digits(std::string word);

// What is known of one word.
struct SearchedWord {
    explicit SearchedWord(const std::string& typed);

    std::string text;
    std::optional<Fingerprint> fingerprint; // if the word is one
    std::string digits; // of the beginning of a fingerprint that it may be, else empty
    bool is_pattern;

    struct Entries {
        std::map<Fingerprint, std::pair<std::string, std::string>> by_fingerprint; // kind and host
        std::string unusable; // the place of one whose key is no fingerprint
    };
    Entries of_host; // the word is their host
    Entries of_fingerprint; // the word is their fingerprint
    Entries of_beginning; // the word begins their fingerprint
    Entries of_pattern; // the word is a pattern that their host fits
    std::map<std::pair<std::size_t, std::string>, std::string> similar; // hosts, the nearest first

    // Returns true if the word can only be a file: "-", or with a slash in it.
    bool is_file() const;

    // Returns true if the word would be the beginning of a fingerprint, had it more digits.
    bool is_too_short() const;
    static const char* const too_short; // what to say of it

    // Returns true if entries were found whose host or fingerprint is the word as it stands.
    bool is_found() const;

    static bool is_any(const Entries& entries);

    // Returns true if the word is a beginning of this fingerprint.
    bool begins(const Fingerprint& listed) const;

    // Returns true if the word is the host of the entry, or begins its fingerprint.
    bool is_meant_by(const EntryView& entry) const;

    // Returns true if the word is a pattern and the host fits it, in any case of letters.
    bool fits(std::string_view host) const;
};

} // namespace relayctl
