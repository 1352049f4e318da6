#include "core/store/sql/sql_database.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/postgresql/postgresql.hpp"

namespace relayctl {

const SqlDatabase& database_of(const TableName& table)
{
    const SqlDatabase* database = postgresql_database(); // there is no other one yet
    if (database == nullptr) {
        throw Error(ErrorKind::usage,
            "table " + escape(table.to_string())
                + ": this relayctl was built without PostgreSQL (RELAYCTL_PGSQL=OFF)");
    }
    return *database;
}

} // namespace relayctl
