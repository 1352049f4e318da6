// The source of a table, for those who only look.
#pragma once

#include "core/base/file.hpp"
#include "core/postfix/table_name.hpp"
#include "core/table/document.hpp"

namespace relayctl {

// Empty where there is no such file. Errors: those of read_file().
Document read_document(const TableName& table);

// The same, opened or read; ErrorKind::input where there is no such file.
OpenFile require_table(const TableName& table);
Document require_document(const TableName& table);

} // namespace relayctl
