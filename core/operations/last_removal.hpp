// Finds out whether a client that is not listed was removed, and by whom.
#pragma once

#include "core/inspect/removal_facts.hpp"
#include "core/store/store.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace relayctl {

using OpenStore = std::function<Store&(const TableName&)>; // errors: those of open_store()

// Returns the removals that are the newest change of an entry for which is_wanted is true. most: so
// many fingerprints of a table are looked for, from its newest change on. A table whose history
// cannot be read, or that has none, tells nothing. Errors: ErrorKind::interrupted.
std::vector<PastRemoval> last_removals(const std::vector<TableName>& tables, const OpenStore& open,
    const std::function<bool(const EntryView&)>& is_wanted, std::size_t most);

// Returns the newest of them.
std::optional<PastRemoval> last_removal(const std::vector<TableName>& tables, const OpenStore& open,
    const std::function<bool(const EntryView&)>& is_wanted, std::size_t most);

} // namespace relayctl
