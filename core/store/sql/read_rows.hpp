// Reading the rows of a database table as entries: all of them in parts, or those of a scope.
#pragma once

#include "core/store/sql/sql_session.hpp"
#include "core/table/scope.hpp"

#include <vector>

namespace relayctl {

// All rows of the table in batches, from one snapshot. It lives within a transaction.
class SqlCursor {
public:
    // Begins the transaction with these statements. Throws SqlFailure.
    SqlCursor(SqlSession& session, std::vector<Statement> begin, EntryOrder order);

    // Gives what these statements gave, once.
    std::vector<SqlResult> take_results() { return std::move(results_); }
    bool is_at_end() const noexcept { return is_at_end_; }
    // Gives the next rows. Throws SqlFailure.
    SqlResult fetch();

private:
    SqlSession& session_;
    std::vector<SqlResult> results_;
    bool is_at_end_ = false;
};

// Reads the entries of the scope. begin: the statements that begin the transaction, which goes on
// afterwards. Throws SqlFailure.
Document read_scope(SqlSession& session, const Scope& scope, std::vector<Statement> begin);

} // namespace relayctl
