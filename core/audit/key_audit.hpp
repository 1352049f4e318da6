// Whether a key can ever be what smtpd asks for.
#pragma once

#include "core/x509/digest.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

struct KeyProblem {
    std::string id;
    std::size_t column = 1; // from 1, within the line (a key begins its line)
    std::string message;
    std::string hint;
};

// No value where smtpd would ask exactly for this key, given the digest. value: what stands behind
// the key; a pasted label splits at its blank ("sha256 Fingerprint=AA:.. host").
std::optional<KeyProblem> problem_with_key(
    std::string_view key, std::string_view value, const Digest& digest);

} // namespace relayctl
