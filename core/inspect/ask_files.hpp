// Looks at the files of a table: who can write them, and what was left beside them.
#pragma once

#include "core/inspect/leftover_facts.hpp"
#include "core/inspect/ownership_facts.hpp"
#include "core/store/text_table/paths.hpp"

namespace relayctl {

// Returns who owns the source and the map, and who else may write them. source: what stat() says of
// the source that was read. reads_map: false leaves the map out.
OwnershipFacts ask_ownership(const TablePaths& paths, const struct stat& source, bool reads_map);

// Returns the files that interrupted changes have left beside the source; empty where there are
// none.
LeftoverFacts ask_leftovers(const TablePaths& paths);

} // namespace relayctl
