// Makes the maps of the tables anew from their sources.
#pragma once

#include "core/operations/change.hpp"

namespace relayctl {

// Rebuilds the map of each table that relayctl can change; of several tables those in a database
// are left out, as they have none. Also clears what an interrupted change has left. Errors:
// ErrorKind::input where a source does not exist; those of change_table().
ChangeResult rebuild_maps(
    const TableAccess& access, const ChangeOptions& options, Observer& observer);

} // namespace relayctl
