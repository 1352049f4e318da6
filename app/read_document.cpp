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

Document require_document(const TableName& table)
{
    auto content = read_file_if_any(table.path, max_table_bytes);
    if (!content) {
        throw Error(ErrorKind::input, escape(table.path) + ": no such file",
                    {"the table does not exist yet: relayctl add CERT HOST makes it"});
    }
    return Document(std::move(content->text));
}

} // namespace relayctl
