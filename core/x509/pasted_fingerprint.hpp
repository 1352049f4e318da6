// Fingerprints in a text that somebody pasted: a line of a log, or what a tool printed.
#pragma once

#include "core/x509/fingerprint.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace relayctl {

// Where a fingerprint stands in a text: groups of hexadecimal digits that are all joined in the
// same way (by ':', by '-' or by blanks), of at least Fingerprint::min_size bytes together, and not
// part of a longer word.
struct PastedFingerprint {
    std::size_t begin = 0;
    std::size_t end = 0; // behind its last digit
};

// The first one at or behind `from`; no value where there is none.
std::optional<PastedFingerprint> find_pasted(std::string_view text, std::size_t from) noexcept;

// Whether the text has more than one, so that nobody can know which was meant.
bool has_several_fingerprints(std::string_view text) noexcept;

// ErrorKind::input, which names the fingerprints and says how each is given, where the text has
// more than one. Of a line of Postfix's log only the last two count, which smtpd wrote itself: in
// front of them stand names that the client chose.
void require_one_fingerprint(std::string_view text);

} // namespace relayctl
