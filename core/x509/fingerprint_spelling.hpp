// Fingerprints as people type and paste them: what every tool prints, and what is wrong with the
// rest.
#pragma once

#include "core/x509/fingerprint.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace relayctl {

// What was read of a text that somebody typed or pasted.
struct FingerprintSpelling {
    std::array<std::uint8_t, Fingerprint::max_size> bytes{};
    std::size_t size = 0;
    std::string problem; // empty if it is a fingerprint
    std::size_t column = 0; // of the problem, in bytes from 1, without what nobody sees
};

// Reads a fingerprint in any spelling: digits in pairs or groups, or base64; in quotes or brackets;
// behind words that say that a fingerprint follows.
FingerprintSpelling read_spelling(std::string_view text);

} // namespace relayctl
