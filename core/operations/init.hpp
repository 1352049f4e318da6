// Which table "init" creates. How it is created is in core/store/sql.
#pragma once

#include "core/operations/table_access.hpp"

namespace relayctl {

// The first of the tables that is in a database and can be changed, since others need no init; with
// -t that one. Errors: those of choose_table(); ErrorKind::usage where it is in no database.
TableName table_to_create(const TableAccess& access);

} // namespace relayctl
