// Maps as files: which file is the map of a table, and what is inside where postmap cannot tell.
#pragma once

#include "core/postfix/table_name.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Every file name that a map of a source at `path` can have (".db", ".lmdb", ".cdb"), and what
// postmap leaves beside it when it is killed.
std::vector<std::string> possible_map_files(const std::string& path);

// The map file of a table: by the suffix of its type, or the only other one that exists
// (Postfix 3.11 can redirect hash: and btree: to lmdb: or cdb:, NON_BERKELEYDB_README). Where none
// exists, the name it would have.
std::string find_map_file(const TableName& table);

// What a file is by its first bytes: "hash", "btree" (Berkeley DB: db_page.h, magic at byte 12),
// "lmdb" (lmdb.h, magic at byte 16); "empty", "unknown", and "cdb" by its suffix, since a cdb has
// no magic.
std::string map_file_type(const std::string& path);

// The type by the first 20 bytes of a file, where they have a magic: "hash", "btree" or "lmdb";
// else "".
std::string map_type_by_magic(std::string_view head);

// All records of a cdb as "key<TAB>value". Format: https://cr.yp.to/cdb/cdb.txt; Postfix 3.7's own
// "postmap -s cdb:" says "sequence operation is not supported". Errors: ErrorKind::postfix where it
// is damaged.
void dump_cdb(const std::string& path, const std::function<void(std::string_view)>& record);

} // namespace relayctl
