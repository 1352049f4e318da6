// The source of a table, for those who only look.
#pragma once

#include "core/postfix/table_name.hpp"
#include "core/table/document.hpp"

namespace relayctl {

// Empty where there is no such file. Errors: those of read_file().
Document read_document(const TableName& table);

// The same, but ErrorKind::input where there is no such file.
Document require_document(const TableName& table);

} // namespace relayctl
