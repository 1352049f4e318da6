// The README.txt that goes with the files of a client: what they are, and the settings to paste.
#pragma once

#include "core/base/time.hpp"
#include "core/operations/client_settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

struct IssueReadme {
    ClientSettings settings;
    std::vector<std::string> programs; // of mail_programs()
    std::string fingerprint; // by which the client is listed
    std::string digest; // of that fingerprint: "sha256"
    bool by_key = false; // its key is listed, not its certificate
    bool own_key = false; // the client made the key itself (a request): only this file is written
    std::optional<Time> until; // the last second in which the client is to relay; else for good
    Time not_after; // of the certificate; of no meaning with own_key
};

// Returns the text; no line is longer than 100 columns unless a name is. It has no secret in it.
std::string readme_text(const IssueReadme& readme);

} // namespace relayctl
