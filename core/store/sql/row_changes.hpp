// What a change of rows is in the history of its table.
#pragma once

#include "core/store/plan.hpp"
#include "core/store/sql/sql_session.hpp"
#include "core/store/store.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace relayctl {

// Whether records can be written.
enum class HistoryState : std::uint8_t { not_known, missing, forbidden, writable };

// Takes the result of SqlDatabase::find_history().
HistoryState history_state(const SqlResult& result);

// Returns true if a record is to be written. Where it is not, the publication says why. Errors:
// ErrorKind::permission if this role may not add to the history, and the plan does more than take
// entries away.
bool may_record(
    const SqlSession& session, HistoryState state, const Plan& plan, Publication& publication);

// Returns each row before and after the edits, with what of its annotation these columns keep.
std::vector<EntryChange> row_changes(
    const Document& document, std::span<const Edit> edits, const AnnotationColumns& columns);

// Opens the history of a table. Returns nullptr if there is none. The session must outlive it.
std::unique_ptr<HistoryReader> open_row_history(SqlSession& session);

} // namespace relayctl
