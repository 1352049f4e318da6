// Copies a table to another type or place.
#pragma once

#include "core/audit/repair.hpp"
#include "core/operations/observer.hpp"
#include "core/postfix/postfix.hpp"
#include "core/store/store.hpp"

#include <functional>

namespace relayctl {

// What "copy" is asked for.
struct CopyRequest {
    TableName from;
    TableName to;
    CopyOptions options;
    Repair repair; // makes the hint where the map is not right
    Occasion occasion; // for the history of TO
};

// Refuses a copy of a table onto itself, and tables that cannot be read or changed:
// ErrorKind::usage.
void require_copyable(const TableName& from, const TableName& to);

// Gives TO all entries of FROM with their annotations, or none, then reads it again and compares.
// `copied` is called once that is proved, before a signal can end the program. Errors: those of
// require_copyable() and Store::copy_from(); ErrorKind::permission where the role may not read all
// columns of FROM; ErrorKind::refused where TO has other entries afterwards; ErrorKind::postfix
// where the map of TO has.
void copy_table(Postfix& postfix, const CopyRequest& request, Observer& observer,
    const std::function<void(CopyResult&)>& copied);

} // namespace relayctl
