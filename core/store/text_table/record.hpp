// What the lock file says of a source: the map that was last published with it, and the last record
// of its history.
#pragma once

#include "core/postfix/table_name.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace relayctl {

// The text in the lock file. Each part is empty or 0 where it is not known.
struct LockRecord {
    std::string pair; // pair_identity() of source and map
    std::uint64_t number = 0; // of the last change that was made and has its record
    std::string text; // text_identity() of the source behind that change

    static LockRecord parse(const std::string& text);
    std::string to_text() const;
};

// Returns the id of this boot, and device, inode, size, mtime and ctime of the source and of the
// map, as one text; "" if one of them is missing. As long as it stays the same, the map is the map
// of that source: every way to change either moves its ctime. That holds only while the machine
// runs: after a power failure a file may have its new content and its old times, because
// fdatasync(2) does not flush them.
std::string pair_identity(const TableName& opened);

// Returns the same of a source alone; "" if the id of this boot is not known.
std::string text_identity(const struct stat& source);

} // namespace relayctl
