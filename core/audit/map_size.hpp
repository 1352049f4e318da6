// lmdb maps that are made wrong because they outgrow lmdb_map_size: see may_outgrow().
#pragma once

#include "core/audit/repair.hpp"

namespace relayctl {

// Returns true if the map of a table that the service asks may have outgrown its size.
bool has_outgrown(const ServiceFacts& facts, const TableFacts& table);

// Returns what has the map made anew, after it got the room that it needs.
Mending remade_map(const ServiceFacts& facts, const TableFacts& table, const Repair& repair);

} // namespace relayctl
