// What became of a source since its last record: whether the change of that record was made at all,
// and what was changed past relayctl.
#pragma once

#include "core/store/history_record.hpp"
#include "core/store/text_table/paths.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

// Returns true if the change of the last record was made, false if a crash came before it or it was
// rolled back. text: the source as it is. docs/architecture.md has the cases.
bool was_made(const HistoryRecord& last, std::string_view text, const TablePaths& paths);

// What was changed since the last record.
struct OutsideChange {
    HistoryRecord record; // without a number
    // The text in front of that change, which the next change needs as SOURCE.history-text where
    // it has no record of its own; no value where nobody knows it.
    std::optional<std::string> text_before;
};

// Has no value if the source is what relayctl has published last, or seems to be. Reads
// SOURCE.history-text. Errors: those of read_file_if_any().
std::optional<OutsideChange> outside_change(
    const HistoryRecord& last, std::string_view text, const TablePaths& paths, Time now);

// Says in words what was changed, after the name of the source: "changed outside since ...".
std::string outside_in_words(const OutsideChange& change, Time since);

} // namespace relayctl
