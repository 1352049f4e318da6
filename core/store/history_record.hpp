// One change of one table as the history keeps it, whatever the table is kept in.
#pragma once

#include "core/base/caller.hpp"
#include "core/base/time.hpp"
#include "core/table/text_change.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Who changes a table, with which command and when. A store is told once for all of its changes.
struct Occasion {
    std::string sudo_user; // SUDO_USER of the environment
    std::string command; // "add"
    Time now = {};
    // Is told what was changed past relayctl, in whole sentences, before the next change is
    // published; may be empty.
    std::function<void(const std::string&)> tell = {};

    // Asks the list of users, which commands that only read spare.
    Caller caller() const { return caller_of_process(sudo_user); }
};

// How much of the past is kept.
struct HistoryLimit {
    std::uint64_t records = 10'000;
    std::uint64_t bytes = std::uint64_t{ 64 } << 20;
};

// One record.
struct HistoryRecord {
    std::uint64_t number = 0; // counted for each table from 1; 0 if it has none yet
    Time time = {};
    std::string user; // empty if the change was made past relayctl
    std::string sudo_user;
    std::string command; // "add"; empty if the change was made past relayctl
    std::string table;
    std::uint64_t undoes = 0; // the number of the change that it takes back; 0: none
    bool is_unknown = false; // nobody knows what was changed past relayctl
    // Of a text table: the text before the change in bytes, and what changed in it.
    std::size_t size = 0;
    std::vector<TextChange> changes;
    // Of a database: the rows that changed.
    std::vector<EntryChange> rows;

    bool is_outside() const noexcept { return command.empty(); }
    // Returns what changed in the table, entry by entry.
    std::vector<EntryChange> entries() const;
};

// Returns a record of the occasion, without any change and without a number.
HistoryRecord record_on(const Occasion& occasion, const std::string& table);

// Writes a record of a text table as one line of JSON in ASCII, with its newline. Its last member
// is the number.
std::string line_of(const HistoryRecord& record);
// Reads such a line, with or without its newline. Has no value if it is none.
std::optional<HistoryRecord> record_of(std::string_view line);

// Returns the number at the end of a line, without reading the rest of it; 0 if it has none. line:
// the line or the end of it.
std::uint64_t number_at_end(std::string_view line) noexcept;

// How such a mark begins.
inline constexpr std::string_view mark_begin = "{\"folded_until\":";

// Writes the mark that stands in the place of records which are kept no longer. number: of the last
// one of them. until: when that was made.
std::string mark_line(std::uint64_t number, Time until);

// Write and read what changed in the rows of a database as JSON in ASCII. The parts of an
// annotation have the names of their columns.
std::string text_of_rows(std::span<const EntryChange> rows);
std::optional<std::vector<EntryChange>> rows_of_text(std::string_view text);

} // namespace relayctl
