// Who could change a table besides its administrator.
#pragma once

#include "core/audit/finding.hpp"

#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What stat() says of the files of a table; no value where a file is not there.
struct OwnershipFacts {
    std::string source_file;
    std::string map_file;
    std::string directory;
    std::optional<struct stat> source;
    std::optional<struct stat> map;
    std::optional<std::string> untrusted_directory; // the reason, from publish/paths.hpp
};

std::vector<Finding> audit_ownership(const OwnershipFacts& facts);

} // namespace relayctl
