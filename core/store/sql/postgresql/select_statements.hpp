// The statements that read rows, in PostgreSQL's SQL. All values are parameters.
#pragma once

#include "core/store/sql/sql_database.hpp"

#include <span>
#include <string>
#include <vector>

namespace relayctl::postgresql {

// These five are those of SqlDatabase.
Statement select_columns(const TableShape& shape);
Statement select_scope(const SqlTable& table, const Scope& scope);
Statement select_all(const SqlTable& table, EntryOrder order);
Statement select_keys(const SqlTable& table, std::span<const std::string> keys);
Statement count_all(const SqlTable& table);

// Returns the key of a row as the query compares it.
std::string key_expression(const TableShape& shape);

// Returns " WHERE condition", with the conditions of the query besides.
std::string where(const TableShape& shape, const std::string& condition);

// Returns an array as the value of one parameter: {"a","b\"c",NULL}.
std::string array_of(std::span<const SqlValue> values);

} // namespace relayctl::postgresql
