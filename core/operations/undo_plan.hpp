// The edits that take one change of a table back.
#pragma once

#include "core/store/store.hpp"

namespace relayctl {

// Makes the plan for the table as it is. record: the change to be taken back. Errors:
// ErrorKind::refused if its entries are not as it left them, with what they are now, or if nobody
// knows what has become of them.
Plan plan_undo(const Document& document, Store& store, const HistoryRecord& record);

// Returns what taking the change back does to the entries.
std::vector<EntryChange> reversed_entries(const HistoryRecord& record);

} // namespace relayctl
