#include "core/operations/init.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/postfix/choose_table.hpp"

#include <algorithm>

namespace relayctl {

TableName table_to_create(const TableAccess& access)
{
    const auto& tables = access.tables;
    const auto found = std::find_if(tables.begin(), tables.end(), [](const AskedTable& asked) {
        return asked.table.is_database() && is_changeable(asked.table);
    });
    TableName table = found != tables.end() ? found->table : access.choose();
    if (!table.is_database()) {
        throw Error(ErrorKind::usage,
            "table " + escape(table.to_string())
                + ": init makes tables in a database; a text table is made by its first entry, "
                  "with add",
            { "for example -t pgsql:/etc/postfix/relay_clients.cf" });
    }
    return table;
}

} // namespace relayctl
