// Making the table that the file of a database table names.
#pragma once

#include "core/postfix/postfix.hpp"

#include <string>
#include <vector>

namespace relayctl {

// What came of creating a table.
struct InitResult {
    bool created = false; // false: it was there already
    bool created_history = false; // false: it was there already, or the table was made with it
    std::vector<std::string> done; // statements that were carried out
    // Statements that would complete the table that was there, or make its history.
    std::vector<std::string> missing;
    std::vector<std::string> unknown_roles; // roles that do not exist, so they were given no rights
};

// Creates the table and gives the roles their rights, in one transaction. Errors: those of
// SqlSession::open(); ErrorKind::permission if the role may not create tables.
InitResult create_table(Postfix& postfix, const TableName& table);

// Both return the same as SQL, without asking any server: with comments, and as statements.
std::string schema_of(Postfix& postfix, const TableName& table);
std::vector<std::string> schema_statements_of(Postfix& postfix, const TableName& table);

} // namespace relayctl
