#include "core/postfix/redirection.hpp"

namespace relayctl {

TableName Redirection::opened(
    const TableName& table, const std::optional<std::string>& custom) const
{
    if (!is_on() || !table.traits().is_berkeley_db) {
        return table;
    }
    const std::string& type = custom ? *custom : table.type == "hash" ? hash_type : btree_type;
    const TableType& traits = table_type(type);
    return traits.has_source && !traits.is_berkeley_db ? TableName{ type, table.path } : table;
}

} // namespace relayctl
