// What stat() and the rights say of the files of a table.
#pragma once

#include "core/base/trust.hpp"

#include <sys/stat.h>

#include <optional>
#include <string>

namespace relayctl {

// Who owns the source and the map, and who else can change them.
struct OwnershipFacts {
    std::string source_file;
    std::string map_file;
    std::optional<struct stat> source; // no value if the file is not there; the same of the map
    std::optional<struct stat> map;
    std::optional<WeakPoint> weak_source; // what weak_file() says of the source, and of the map
    std::optional<WeakPoint> weak_map;
    std::optional<WeakPoint> weak_way; // what weak_way() says of the directories to the source
};

} // namespace relayctl
