// What can be counted of a table, for monitoring.
#pragma once

#include "core/base/time.hpp"
#include "core/table/document.hpp"

#include <cstdint>
#include <optional>

namespace relayctl {

// The numbers of one table, or the sums of several.
struct TableMeasures {
    bool is_known = true; // false: the entries could not be read
    // All entries, then those whose certificate has expired.
    std::uint64_t entries = 0;
    std::uint64_t expired = 0;
    std::uint64_t unknown_expiry = 0; // entries for which has_unknown_expiry()
    std::optional<Time> soonest_expiry; // of the entries that have not expired
    std::optional<bool> map_is_current; // no value: there is no map, or it was not read
};

// Adds what can be counted of the entries of a document, which may be a part of the table.
void count_entries(const Document& document, Time now, TableMeasures& measures);

// Adds up two tables: both are known only if each is, and map_is_current stays that of the first.
void add_measures(TableMeasures& sum, const TableMeasures& other);

} // namespace relayctl
