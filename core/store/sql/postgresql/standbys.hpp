// Whether the standbys of a PostgreSQL server have what it has.
#pragma once

#include "core/store/sql/sql_database.hpp"

#include <chrono>

namespace relayctl::postgresql {

// That of SqlDatabase. It asks the other hosts of the file, which Postfix may ask next, and the
// view pg_stat_replication of the primary.
StandbyReport wait_for_standbys(
    SqlConnection& primary, const DatabaseFile& file, std::chrono::milliseconds patience);

} // namespace relayctl::postgresql
