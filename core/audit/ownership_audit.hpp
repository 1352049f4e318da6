// Who could change a table besides its administrator.
#pragma once

#include "core/audit/finding.hpp"
#include "core/base/trust.hpp"

#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What stat() says of the files of a table; no value where a file is not there.
struct OwnershipFacts {
    std::string source_file;
    std::string map_file;
    std::optional<struct stat> source;
    std::optional<struct stat> map;
    std::optional<WeakPoint> weak_source; // what weak_file() says of each
    std::optional<WeakPoint> weak_map;
    std::optional<WeakPoint> weak_way; // to the source
};

// The message of a finding about a file that somebody else can write.
std::string decides(const WeakPoint& weak);

std::vector<Finding> audit_ownership(const OwnershipFacts& facts);

} // namespace relayctl
