// PostgreSQL, as pgsql_table(5) asks it.
#pragma once

#include "core/store/sql/sql_database.hpp"

namespace relayctl {

// The only name of this folder that files outside of it know (core/store/sql/sql_database.cpp).
// Returns nullptr where relayctl was built without PostgreSQL.
const SqlDatabase* postgresql_database();

} // namespace relayctl
