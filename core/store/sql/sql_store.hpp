// A table kept in the rows of a database.
#pragma once

#include "core/store/store.hpp"

namespace relayctl {

// Errors: ErrorKind::usage where relayctl was built without it, or cannot tell which table the
// query of the file is about.
std::unique_ptr<Store> open_sql_store(Postfix& postfix, const TableName& table);

} // namespace relayctl
