// Judges whether a key of a table can ever be what smtpd asks for.
#pragma once

#include "core/x509/digest.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

// What is wrong with a key, in the words of a finding.
struct KeyProblem {
    std::string id;
    std::size_t column = 1; // counted from 1 within the line, which begins with the key
    std::string message;
    std::string hint;
};

// Returns what keeps smtpd from finding the key; no value if it is a fingerprint of this digest as
// smtpd asks for it. value: what stands behind the key; a pasted label splits at its blank ("sha256
// Fingerprint=AA:.. host").
std::optional<KeyProblem> problem_with_key(
    std::string_view key, std::string_view value, const Digest& digest);

// What joins a host to the fingerprint in front of it, where a blank should be.
struct JoinedHost {
    std::string_view by; // "," or a no-break space
    std::size_t at; // its place in the key, in bytes from 0
};

// Returns what joins a host to the key, for a line in which postmap sees no value; no value if
// there is no host in it.
std::optional<JoinedHost> host_joined_to(std::string_view key);

} // namespace relayctl
