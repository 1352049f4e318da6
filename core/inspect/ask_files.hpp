// Looks at the files of a table: who can write them, and what was left beside them.
#pragma once

#include "core/inspect/leftover_facts.hpp"
#include "core/inspect/ownership_facts.hpp"
#include "core/store/text_table/paths.hpp"

namespace relayctl {

// source: what stat() says of the source that was read. reads_map: false leaves the map out.
OwnershipFacts ask_ownership(const TablePaths& paths, const struct stat& source, bool reads_map);

LeftoverFacts ask_leftovers(const TablePaths& paths);

} // namespace relayctl
