// Which files are not the source of a table, whatever the command line or main.cf says: maps, other
// files of Postfix and of relayctl, binaries.
#pragma once

#include "core/base/file.hpp"
#include "core/postfix/table_name.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

// Judges by the name alone, even if no such file exists yet. Errors: ErrorKind::input, naming the
// table that was meant, for the name of a map beside its source ("relay_clients.db" beside
// "relay_clients"), of a lock or temporary file of relayctl, for main.cf and master.cf.
void require_source_name(const TableName& table, const std::string& path);

// Judges by the first bytes. Errors: ErrorKind::input for a map (Berkeley DB, lmdb, cdb), UTF-16 or
// UTF-32, PEM, and for more binary than text. A stray NUL byte alone is left to verify, since a
// client must be removable from a table that has one. subject: how errors name the file.
void require_text(const OpenFile& file, const std::string& subject, const TableName& table);

// The same for a text that is to become a source.
void require_text(std::string_view text, const std::string& subject);

// Opens the source of a table for reading. Returns no value if it does not exist. Errors: those of
// open_if_any(), require_source_name() and require_text().
std::optional<OpenFile> open_source_if_any(const TableName& table);

} // namespace relayctl
