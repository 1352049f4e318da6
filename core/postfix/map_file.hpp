// Maps as files: which file is the map of a table, and what is inside where postmap cannot tell.
#pragma once

#include "core/postfix/table_name.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Returns the suffixes of all types of maps: ".db", ".lmdb", ".cdb".
std::vector<std::string_view> map_suffixes();

// Returns every name that the map of a source at `path` can have, and the names of what postmap
// leaves beside it when it is killed.
std::vector<std::string> possible_map_files(const std::string& path);

// Returns the name of the map file of a table, whether there is one or not. opened: the table as
// Postfix opens it (Postfix::opened()).
std::string map_file_of(const TableName& opened);

// Returns a size in bytes that is enough for an lmdb map of a source of this size: a power of two,
// at least 64 MiB.
std::uint64_t enough_map_size(std::uint64_t source_bytes);

// Returns true if an lmdb map of a source of this size may outgrow this lmdb_map_size. postmap
// makes such a map with keys in capital letters, which neither smtpd nor "postmap -q" finds: when
// it starts anew with a larger map, it does not fold keys any more (observed with 3.7 and 3.11).
bool may_outgrow(std::uint64_t source_bytes, std::string_view map_size);

// Returns the type that has such a name of a map: lmdb for "relay_clients.lmdb", the first of
// several.
const TableType& type_of_map_file(std::string_view path);

// Returns the type of a map by its first bytes: "hash", "btree" or "lmdb"; "cdb" by its suffix,
// since a cdb has no magic; "empty" or "unknown" for other files. Errors: throw_errno.
std::string map_file_type(const std::string& path);

// Returns the type by the first 20 bytes of a file: "hash", "btree" or "lmdb"; "" if they have no
// magic that is known.
std::string map_type_by_magic(std::string_view head);

// Returns the type by the name of a file, of the types whose maps have no magic: "cdb"; "" for
// others.
std::string map_type_without_magic(std::string_view path);

// Hands all records of a cdb to `record`, as "key<TAB>value". Format: https://cr.yp.to/cdb/cdb.txt.
// Errors: ErrorKind::postfix if the file is damaged.
void dump_cdb(const std::string& path, const std::function<void(std::string_view)>& record);

} // namespace relayctl
