// Removes the entries whose certificates have expired, or whose grace after a rotation is over.
#pragma once

#include "core/operations/change.hpp"
#include "core/operations/consent.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace relayctl {

// What "prune" is asked for.
struct PruneRequest {
    bool expired = false; // neither: both
    bool retired = false;
    std::chrono::seconds older_than{ 0 }; // only what was over that long ago
    GivenConsent consent;
    Time now;
    ChangeOptions change;
};

// Returns why the entry with this annotation is to go, for people: "expired on 2026-11-22". Empty
// where it stays.
std::string reason_to_prune(const Annotation& annotation, const PruneRequest& request);

// Removes them from every table, with all other lines of the same fingerprints. What goes from all
// of the tables together is asked for once; an entry that comes to be over after that stays until
// the next time. require: called for each table before it is read; throws what keeps it from being
// pruned. No value where the answer was no. Errors: ErrorKind::refused where no entry of a table
// would be left; ErrorKind::usage where nobody can be asked; those of change_table().
std::optional<ChangeResult> prune(const TableAccess& access, const PruneRequest& request,
    const std::function<void(const TableName&)>& require, Observer& observer);

} // namespace relayctl
