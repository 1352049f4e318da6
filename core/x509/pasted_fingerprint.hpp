// Finds fingerprints in text that somebody pasted: a line of a log, or what a tool printed.
#pragma once

#include "core/x509/fingerprint.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace relayctl {

// The place of a fingerprint in a text.
struct PastedFingerprint {
    std::size_t begin;
    std::size_t end; // behind its last digit
};

// Returns the first fingerprint in digits at or behind `from`; what it is stands at
// has_several_fingerprints(). The text must be plain (with_plain_characters()).
std::optional<PastedFingerprint> find_fingerprint(std::string_view text, std::size_t from) noexcept;

// Returns true if the text has more than one fingerprint in it, so that nobody can know which one
// was meant. A fingerprint is a run of groups of hexadecimal digits that are all joined in the same
// way (by ':', by '-', by ',' or by blanks), has at least Fingerprint::min_size bytes, and is no
// part of a longer word.
bool has_several_fingerprints(std::string_view text);

// Throws ErrorKind::input if the text has more than one fingerprint; the hints name each of them
// and say how to give it. Of a line of Postfix's log only the last two count, which smtpd wrote
// itself: in front of them stand names that the client chose.
void require_one_fingerprint(std::string_view text);

} // namespace relayctl
