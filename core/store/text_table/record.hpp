// What a source and its map were when they were last published together.
#pragma once

#include "core/postfix/table_name.hpp"

#include <string>

namespace relayctl {

// What the kernel calls the time since it was started, and device, inode, size, mtime and ctime of
// the source and of the map, as one text. It is empty where one of them is missing. As long as it
// stays the same, the map is the map of that source: every way to change either moves its ctime.
// That holds only while the machine runs: after a power failure a file may have its new content and
// its old times, because fdatasync(2) does not flush them.
std::string pair_identity(const TableName& table);

} // namespace relayctl
