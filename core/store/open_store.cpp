#include "core/store/store.hpp"

namespace relayctl {

std::unique_ptr<Store> open_store(Postfix& postfix, const TableName& table)
{
    require_readable(table);
    return table.is_database() ? open_sql_store(postfix, table) : open_text_store(postfix, table);
}

} // namespace relayctl
