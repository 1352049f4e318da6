#include "app/read_document.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

namespace relayctl {

Document read_document(const TableName& table)
{
    auto content = read_file_if_any(table.path, max_table_bytes);
    return Document(content ? std::move(content->text) : std::string());
}

OpenFile require_table(const TableName& table)
{
    auto file = open_if_any(table.path, max_table_bytes);
    if (!file) {
        throw Error(ErrorKind::input, escape(table.path) + ": no such file",
                    {"the table does not exist yet: relayctl add CERT HOST makes it"});
    }
    return std::move(*file);
}

Document require_document(const TableName& table)
{
    const OpenFile file = require_table(table);
    return Document(read_whole(file, table.path));
}

} // namespace relayctl
