// The record of a source and its map as they were last published together.
#pragma once

#include "core/postfix/table_name.hpp"

#include <string>

namespace relayctl {

// Returns the id of this boot, and device, inode, size, mtime and ctime of the source and of the
// map, as one text; "" if one of them is missing. As long as it stays the same, the map is the map
// of that source: every way to change either moves its ctime. That holds only while the machine
// runs: after a power failure a file may have its new content and its old times, because
// fdatasync(2) does not flush them.
std::string pair_identity(const TableName& opened);

} // namespace relayctl
