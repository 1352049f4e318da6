// Everything that verify finds about a table in a database.
#pragma once

#include "app/cli/context.hpp"
#include "app/render/monitoring.hpp"
#include "core/audit/finding.hpp"

#include <vector>

namespace relayctl {

// digest: which the services that ask the table compute. Fills the measures as well. Errors: those
// of read_database_file().
std::vector<Finding> examine_database(
    Context& context, const TableName& table, const Digest& digest, Measures& measures);

// What can be counted of a part of a table, added to what was counted.
void measure(const Document& document, Time now, Measures& measures);

} // namespace relayctl
