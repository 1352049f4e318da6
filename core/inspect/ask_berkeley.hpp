// Asks what a table has to do with Berkeley DB.
#pragma once

#include "core/inspect/berkeley_facts.hpp"
#include "core/postfix/postfix.hpp"

#include <optional>

namespace relayctl {

// table: without wrappers, and with its whole path. Has no value if the table has nothing to do
// with Berkeley DB. Errors: those of Postfix.
std::optional<BerkeleyFacts> ask_berkeley(Postfix& postfix, const TableName& table);

} // namespace relayctl
