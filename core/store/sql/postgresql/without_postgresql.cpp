// Stands in the place of all other files of this folder where relayctl is built without PostgreSQL
// (RELAYCTL_PGSQL=OFF).
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/sql_database.hpp"

const relayctl::SqlDatabase& relayctl::database_of(const TableName& table)
{
    throw Error(ErrorKind::usage,
        "table " + escape(table.to_string())
            + ": this relayctl was built without PostgreSQL (RELAYCTL_PGSQL=OFF)");
}
