// What libpq gave for a statement.
#pragma once

#include "core/store/sql/postgresql/libpq.hpp"
#include "core/store/sql/sql_failure.hpp"
#include "core/store/sql/sql_result.hpp"

#include <cstddef>

namespace relayctl::postgresql {

SqlResult result_of(ResultPtr result);

// Reads what the server said against a statement. statement: its number in the run.
SqlFailure failure_of(const PGresult* result, std::size_t statement);

} // namespace relayctl::postgresql
