// Which files are no source of a table, whatever the command line or main.cf says: maps, other
// files of Postfix and of ours, binaries.
#pragma once

#include "core/base/file.hpp"
#include "core/postfix/table_name.hpp"

#include <optional>
#include <string>

namespace relayctl {

// By the name alone, also where no such file exists yet: a map's suffix beside a source
// ("relay_clients.db" beside "relay_clients"), our lock or temporary of a source, main.cf and
// master.cf. ErrorKind::input, naming the table that was meant.
void require_source_name(const TableName& table, const std::string& path);

// By its first bytes: a map (Berkeley DB, lmdb, cdb), UTF-16 or UTF-32, PEM, or more binary than
// text. A stray NUL byte alone is left to verify, since a client must be removable from a table
// that has one. subject: how errors name the file. ErrorKind::input.
void require_text(const OpenFile& file, const std::string& subject, const TableName& table);

// Opens the source of a table for reading, and refuses what is none. No value where it does not
// exist. Errors: those of open_if_any(), require_source_name() and require_text().
std::optional<OpenFile> open_source_if_any(const TableName& table);

} // namespace relayctl
