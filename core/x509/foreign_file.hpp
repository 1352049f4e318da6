// Files that people take for certificates and that relayctl does not read: what they are, and what
// makes a certificate of them.
#pragma once

#include "core/base/hint.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

struct ForeignFile {
    std::string what; // "is a Java keystore (JKS)"
    std::vector<Hint> hints; // what helps; mostly the command that converts it
};

// Returns what the file is. name: as the user gave it, for the command. labels: of the PEM blocks
// in it. Has no value if it is nothing that we know.
std::optional<ForeignFile> foreign_file(
    std::string_view bytes, const std::vector<std::string>& labels, const std::string& name);

// Returns the hint that takes the certificate out of a PKCS#12 file. in_base64: the file is text.
Hint hint_for_pkcs12(const std::string& name, bool in_base64);

} // namespace relayctl
