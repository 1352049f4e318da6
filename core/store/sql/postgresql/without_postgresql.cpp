// Stands in the place of all other files of this folder where relayctl is built without PostgreSQL
// (RELAYCTL_PGSQL=OFF).
#include "core/store/sql/postgresql/postgresql.hpp"

namespace relayctl {

const SqlDatabase* postgresql_database()
{
    return nullptr;
}

} // namespace relayctl
