#include "core/store/sql/postgresql/database.hpp"

#include "core/store/sql/postgresql/connection.hpp"

#include <algorithm>

namespace relayctl::postgresql {

namespace {

using namespace std::chrono_literals;

// Sets a parameter of the server until the transaction ends. The value is in milliseconds.
Statement set_for_transaction(const char* name, std::chrono::milliseconds value)
{
    return { "SELECT set_config('" + std::string(name) + "', $1, true)",
        { std::to_string(value.count()) } };
}

} // namespace

std::unique_ptr<SqlConnection> Database::connect(const DatabaseFile& file, const DatabaseHost& host,
    std::chrono::milliseconds limit, const std::string& encoding) const
{
    return Connection::connect(file, host, limit, encoding);
}

// Nobody's lock keeps a reader for longer than ten seconds.
std::vector<Statement> Database::begin_reading(std::chrono::milliseconds patience) const
{
    return { { "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", {} },
        set_for_transaction("lock_timeout", 10s), limit_statements(patience) };
}

// SERIALIZABLE: the plan holds for the rows that were read, and a rival who changes them makes one
// of the two transactions fail (40001) instead of both succeed. That one is done anew.
std::vector<Statement> Database::begin_writing(
    std::chrono::milliseconds lock_timeout, std::chrono::milliseconds patience) const
{
    return { { "BEGIN ISOLATION LEVEL SERIALIZABLE", {} },
        set_for_transaction("lock_timeout", std::max(lock_timeout, 1ms)), // 0 would be no limit
        limit_statements(patience),
        // So that it does not go on long for somebody who was killed; from version 14 on.
        { "SELECT set_config(name, '1s', true) "
          "FROM (VALUES ('client_connection_check_interval')) AS relayctl_setting (name) "
          "WHERE current_setting(name, true) IS NOT NULL AND version() LIKE '%linux%'",
            {} } };
}

Statement Database::limit_statements(std::chrono::milliseconds patience) const
{
    // 0 is no limit (statement_timeout).
    return set_for_transaction("statement_timeout", patience);
}

Statement Database::declare_cursor(Statement select) const
{
    // NO SCROLL: rows are only read forwards, so the server need not keep them.
    select.sql.insert(0, "DECLARE relayctl_rows NO SCROLL CURSOR FOR ");
    return select;
}

Statement Database::fetch_rows(std::size_t most) const
{
    return { "FETCH FORWARD " + std::to_string(most) + " FROM relayctl_rows", {} };
}

Statement Database::check_now() const
{
    // A deferred constraint or trigger would fail at COMMIT, when it is too late to compare.
    return { "SET CONSTRAINTS ALL IMMEDIATE", {} };
}

} // namespace relayctl::postgresql

// PostgreSQL is the only database yet. The first other one makes this choose by the type.
const relayctl::SqlDatabase& relayctl::database_of(const TableName& /*table*/)
{
    static const postgresql::Database database;
    return database;
}
