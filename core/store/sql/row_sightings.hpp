// When clients came last, in the column last_seen of a table in a database, which all servers that
// share the table note.
#pragma once

#include "core/base/time.hpp"
#include "core/postfix/postfix.hpp"
#include "core/x509/fingerprint.hpp"

#include <map>
#include <string>

namespace relayctl {

using LastTimes = std::map<Fingerprint, Time>;

// Returns what the rows have; nothing if the table has no such column. Errors: those of
// open_sql_store() and of its stores.
LastTimes last_seen_in_rows(Postfix& postfix, const TableName& table);

// What came of noting.
struct NotedRows {
    std::string sql_name; // of the table, as SQL writes it
    bool has_column = false;
    bool is_noted = false; // false without the column, and if this role may not write it
};

// Notes these times in the rows with these keys, where they are later than what is there. Errors:
// as above.
NotedRows note_last_seen_in_rows(Postfix& postfix, const TableName& table, const LastTimes& times);

} // namespace relayctl
