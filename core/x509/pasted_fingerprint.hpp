// Finds fingerprints in text that somebody pasted: a line of a log, or what a tool printed.
#pragma once

#include "core/x509/fingerprint.hpp"

#include <string_view>

namespace relayctl {

// Returns true if the text has more than one fingerprint in it, so that nobody can know which one
// was meant. A fingerprint is a run of groups of hexadecimal digits that are all joined in the same
// way (by ':', by '-' or by blanks), has at least Fingerprint::min_size bytes, and is no part of a
// longer word.
bool has_several_fingerprints(std::string_view text) noexcept;

// Throws ErrorKind::input if the text has more than one fingerprint; the hints name each of them
// and say how to give it. Of a line of Postfix's log only the last two count, which smtpd wrote
// itself: in front of them stand names that the client chose.
void require_one_fingerprint(std::string_view text);

} // namespace relayctl
