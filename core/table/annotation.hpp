// The annotation of an entry: what its fingerprint does not tell, such as when the certificate
// expires. It is a comment line directly above the entry, which postmap does not read:
//
//     # relayctl: cert CN=zen.suse.co.uk expires=2027-11-22T08:00:00Z added=2026-11-22T10:00:00Z
//     by=root for=80:74:F3:A8
//
// The line consists of words with blanks between them, all of them optional. The first two are
// known by their place: the kind ("cert" or "key") and the subject (RFC 2253). NAME=VALUE words
// follow. A value with blanks stands in double quotes, where \xNN is a byte and \\ a backslash.
// until= alone means the end of a date, the others its first moment; both in UTC.
// for= has the beginning of the fingerprint that the line was written for: if somebody has put
// another fingerprint below it, the line says nothing. Words that nobody knows are kept. If the
// format ever changed its meaning, it would have another mark ("# relayctl/2:").
#pragma once

#include "core/base/time.hpp"
#include "core/x509/fingerprint.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// What an annotation says. A field that is empty or has no value is not known.
struct Annotation {
    std::string kind; // "cert" or "key"; empty if it is not known
    std::string subject;
    std::optional<Time> expires; // the last second in which the certificate is valid (notAfter)
    std::optional<Time> added;
    std::string by; // who added it
    std::optional<Time> retire_after; // from then on prune removes the entry
    // The last second in which the client is to relay, as the administrator has set it.
    std::optional<Time> until;
    std::string owner; // who is responsible for the client
    std::string note;
    std::string for_fingerprint; // the beginning of one; empty if the line was written by hand
    std::vector<std::string> others; // words that have no meaning here, as written

    friend bool operator==(const Annotation&, const Annotation&) = default;
};

// Parses one physical line without its newline. Has no value if the line is no comment of this
// format; anything odd in a line that is one goes to `others`. Throws nothing but std::bad_alloc.
std::optional<Annotation> parse_annotation(std::string_view line);

// Splits text into the words of an annotation, each as it is written: `others`, joined by blanks,
// gives the same words again.
std::vector<std::string> words_of_annotation(std::string_view text);

// Returns false if there is certainly no annotation in this text. Quick, also for a large text.
bool may_have_annotations(std::string_view text);

// Writes the line, without newline and in printable UTF-8. parse_annotation() returns the same
// value again.
std::string to_line(const Annotation& annotation);

// Returns true if it was written for this fingerprint, or by hand for whatever stands below it.
bool is_for(const Annotation& annotation, const Fingerprint& fingerprint);

// Returns what for= says for a fingerprint: its first four bytes, "80:74:F3:A8".
std::string beginning_of(const Fingerprint& fingerprint);

// Return true if `now` is after the last valid second, or not before the time from which the entry
// is to be removed. Return false if that time is not known.
bool is_expired(const Annotation& annotation, Time now) noexcept;
bool is_retired(const Annotation& annotation, Time now) noexcept;

// Returns true if `now` is after the end that the administrator has set.
bool has_ended(const Annotation& annotation, Time now) noexcept;

// Returns true if the entry may expire and nobody knows when. An entry of a key (kind "key") never
// expires, because the client keeps its key with the next certificate.
bool has_unknown_expiry(const Annotation& annotation) noexcept;

// Returns a word that was meant as a time and is none, such as "expires=soon".
std::optional<std::string> malformed_time(const Annotation& annotation);

} // namespace relayctl
