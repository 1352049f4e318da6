// The words by which a changing command is told which listed clients it is about.
#pragma once

#include "app/cli/context.hpp"
#include "core/base/error.hpp"
#include "core/operations/find_clients.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Returns the entry whose fingerprint is the word or begins with it, as listed_fingerprint() finds
// it in the tables that relayctl changes. Has no value if the word is the name of a file. Errors:
// those of listed_fingerprint().
std::optional<ListedFingerprint> listed_by_digits(const std::string& word, Context& context);

// Adds to the error that one of these words is not listed what may have been meant: a longer
// beginning of a fingerprint, or similar hosts.
void add_what_was_meant(Error& error, const std::vector<std::string>& words, Context& context);

} // namespace relayctl
