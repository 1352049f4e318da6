// In the place of the other files of databases where relayctl is built without them.
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/postgresql/host_probe.hpp"
#include "core/store/sql/sql_init.hpp"
#include "core/store/sql/sql_store.hpp"

namespace relayctl {

std::unique_ptr<Store> open_sql_store(Postfix& /*postfix*/, const TableName& table)
{
    throw Error(ErrorKind::usage,
        "table " + escape(table.to_string())
            + ": this relayctl was built without PostgreSQL (RELAYCTL_PGSQL=OFF)");
}

InitResult create_table(Postfix& postfix, const TableName& table)
{
    open_sql_store(postfix, table);
    return {};
}

std::string schema_of(Postfix& postfix, const TableName& table)
{
    open_sql_store(postfix, table);
    return {};
}

std::vector<std::string> schema_statements_of(Postfix& postfix, const TableName& table)
{
    open_sql_store(postfix, table);
    return {};
}

std::vector<HostProbe> probe_hosts(const PgsqlFile&, const PgsqlQuery&,
    const std::vector<std::string>&, const std::string&, const std::string&)
{
    throw Error(
        ErrorKind::postfix, "this relayctl was built without PostgreSQL (RELAYCTL_PGSQL=OFF)");
}

} // namespace relayctl
