// Takes a change back, as a new change.
#pragma once

#include "core/operations/change.hpp"
#include "core/operations/history.hpp"

#include <optional>
#include <string>

namespace relayctl {

// What "undo" is asked for.
struct UndoRequest {
    std::string word; // a number, or a client; empty: the newest change
    bool asks = false; // somebody is to agree before a client is let in again
    ChangeOptions change;
};

// What was taken back, and what came of it.
struct UndoResult {
    TableChange undone;
    ChangeResult change;
};

// Puts the entries of one change back as they were before it, with their annotations and in their
// place, and leaves the rest of the table alone. No value where the answer to the question was no.
// Errors: ErrorKind::refused if there is no such change, if its entries have changed since, or if
// nobody knows what was changed since; those of change_table().
std::optional<UndoResult> undo(
    const TableAccess& access, const UndoRequest& request, Observer& observer);

} // namespace relayctl
