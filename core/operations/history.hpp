// What was changed in the tables, when and by whom.
#pragma once

#include "core/operations/removal_target.hpp"
#include "core/operations/table_access.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// One change that is on record, and its table.
struct TableChange {
    TableName table;
    HistoryRecord record;
};

// A change by its number, as people name it: "42", "#42", or "hash:/etc/postfix/relay_clients#42".
struct ChangeId {
    std::string table; // empty: the one that has this number
    std::uint64_t number = 0;

    // Has no value if the word is no such name.
    static std::optional<ChangeId> parse(const std::string& word);
    // Returns the form that parse() reads; without the table if with_table is false.
    static std::string of(const TableChange& change, bool with_table);
};

// The client of a history: a host, a pattern of hosts, a fingerprint or its beginning, or a
// certificate file. It need not be listed any more.
class ConcernedClient {
public:
    // Errors: those of RemovalTarget.
    explicit ConcernedClient(const std::string& word);
    // Returns true if the change was about an entry of this client, before or afterwards.
    bool is_concerned(const HistoryRecord& record) const;
    // Returns what the change did to entries of this client.
    std::vector<EntryChange> entries_of(const HistoryRecord& record) const;

private:
    bool is_one(const EntryView& entry) const;
    bool is_about(const EntryChange& change) const;

    RemovalTarget target_;
    std::string digits_; // in lower case without colons; empty if the word begins no fingerprint
};

// Which changes are wanted.
struct HistoryQuery {
    std::optional<ConcernedClient> client;
    std::optional<Time> since;
    std::string user; // by which name, or by sudo from that; empty: anybody
    std::size_t limit = 0; // of changes; 0: all
};

// What was found.
struct FoundHistory {
    std::vector<TableChange> changes; // the newest first
    bool has_more = false; // there are older ones than the limit allows
    std::vector<TableName> without; // tables of which no change has been recorded
    std::vector<std::string> folded; // tables of which older changes are kept no longer
};

// Returns the tables of the command of which there can be a history; of several that are made of
// one source only the first.
std::vector<TableName> tables_with_history(const TableAccess& access);

// Reads as much of each history as the query needs. Errors: those of Store::history().
FoundHistory find_history(const TableAccess& access, const HistoryQuery& query);

// Returns the change of this number. Errors: ErrorKind::refused if no table or more than one has
// it; those of Store::history().
TableChange find_change(const TableAccess& access, const ChangeId& id);

} // namespace relayctl
