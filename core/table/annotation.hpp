// What a fingerprint cannot tell, kept in a comment line directly above its entry, which postmap
// does not read:
//
//     # relayctl: cert CN=zen.suse.co.uk expires=2027-11-22T08:00:00Z added=2026-11-22T10:00:00Z
//     by=root for=80:74:F3:A8
//
// Words divided by blanks, all of them optional, the first two by their place: the kind ("cert" or
// "key"), the subject (RFC 2253); then NAME=VALUE. A value with blanks stands in double quotes,
// where \xNN is a byte and \\ a backslash. for= has the beginning of the fingerprint that the line
// was written for: above another one (somebody put a new fingerprint in) it says nothing. Words
// that are not known are kept. A format that means something else would have another mark ("#
// relayctl/2:").
#pragma once

#include "core/base/time.hpp"
#include "core/x509/fingerprint.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

struct Annotation {
    std::string kind; // "cert", "key", or empty = unknown
    std::string subject;
    std::optional<Time> expires; // notAfter: the last second in which the certificate is valid
    std::optional<Time> added;
    std::string by; // who added it
    std::optional<Time> retire_after; // from then on prune removes the entry
    std::string note;
    std::string for_fingerprint; // its beginning; empty = written by hand
    std::vector<std::string> others; // words that are not understood, as written

    friend bool operator==(const Annotation&, const Annotation&) = default;
};

// Of one physical line without its newline. No value where the line is no comment of this format;
// whatever is odd in one that is ends up in `others`. Never throws anything but std::bad_alloc.
std::optional<Annotation> parse_annotation(std::string_view line);

// The words of a part of such a line, each as it is written: what `others` holds, joined by blanks.
std::vector<std::string> words_of_annotation(std::string_view text);

// False: there is no annotation anywhere in this text.
bool may_have_annotations(std::string_view text);

// The line, without newline; printable UTF-8 only. parse_annotation() gives the same value again.
std::string to_line(const Annotation& annotation);

// Whether it was written for this fingerprint, or by hand for whatever stands below it.
bool is_for(const Annotation& annotation, const Fingerprint& fingerprint);

// What for= holds for a fingerprint: its first four bytes.
std::string beginning_of(const Fingerprint& fingerprint);

// Past its last valid second; past the moment from which it is to be removed. False where nobody
// knows.
bool is_expired(const Annotation& annotation, Time now) noexcept;
bool is_retired(const Annotation& annotation, Time now) noexcept;

// Whether the entry may expire without anybody knowing when. An entry of a key (kind "key") never
// does: a key goes on with the next certificate.
bool has_unknown_expiry(const Annotation& annotation) noexcept;

// A value that was meant as a time and is none: "expires=soon". No value where all is well.
std::optional<std::string> malformed_time(const Annotation& annotation);

} // namespace relayctl
