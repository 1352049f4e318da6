// Making the table of a pgsql_table(5) file.
#pragma once

#include "core/postfix/postfix.hpp"

#include <string>
#include <vector>

namespace relayctl {

struct InitResult {
    bool created = false; // false: it was there already
    std::vector<std::string> done; // statements that were carried out
    std::vector<std::string> missing; // statements that would complete the table that was there
    std::vector<std::string>
        unknown_roles; // that were given no rights, as there are none of these names
};

// Creates the table and gives the roles their rights, in one transaction. Errors: those of
// Connection::open(); ErrorKind::permission where the role may not.
InitResult create_table(Postfix& postfix, const TableName& table);

// The same as SQL, without asking any server: with comments, and as statements.
std::string schema_of(Postfix& postfix, const TableName& table);
std::vector<std::string> schema_statements_of(Postfix& postfix, const TableName& table);

} // namespace relayctl
