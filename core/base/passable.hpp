// Whether a user gets as far as a file: a directory on the way may be closed to him.
#pragma once

#include <optional>
#include <string>

namespace relayctl {

// Returns the first directory on the way to the file, through all links, that the mode keeps this
// user from passing. Has no value if none does, and for a user whom the system does not know.
// Supplementary groups and access control lists are not looked at, as in may_read().
std::optional<std::string> closed_directory(const std::string& path, const std::string& user);

} // namespace relayctl
