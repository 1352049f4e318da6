// What a source and its map were when they were last published together.
#pragma once

#include "core/postfix/table_name.hpp"

#include <string>

namespace relayctl {

// Device, inode, size, mtime and ctime of the source and of the map as one text; empty where one of them is missing. As
// long as this stays the same, the map is the map of that source: every way to change either moves its ctime.
std::string pair_identity(const TableName& table);

} // namespace relayctl
