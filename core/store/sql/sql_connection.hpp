// One connection to a database server, whatever its client library. Each wait has a limit. Where
// SIGINT, SIGTERM or SIGHUP is noted (InterruptGuard), the server is asked to stop what it does,
// and its answer is waited for.
#pragma once

#include "core/store/sql/database_file.hpp"
#include "core/store/sql/sql_failure.hpp"
#include "core/store/sql/sql_result.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// The value of a parameter; no value stands for NULL.
using SqlValue = std::optional<std::string>;

// One statement, with $1, $2 ... in the places of its parameters.
struct Statement {
    std::string sql;
    std::vector<SqlValue> parameters;
};

// The destructor closes the connection; the server rolls an open transaction back then.
class SqlConnection {
public:
    virtual ~SqlConnection() = default;

    // Sets how long the answer to one statement may take from now on, and how much longer we wait
    // for a server that keeps to that limit by itself. After that we ask the server to stop; if it
    // does not stop either, we close the connection.
    virtual void set_patience(std::chrono::milliseconds patience,
        std::chrono::milliseconds beyond = std::chrono::milliseconds(0)) noexcept = 0;

    // Runs all statements in one round trip. If one fails, those after it are not run, and an open
    // transaction is rolled back. Throws SqlFailure, and ErrorKind::interrupted where a
    // signal was noted; knows_outcome() says whether the server had answered by then.
    virtual std::vector<SqlResult> run(const std::vector<Statement>& statements) = 0;

    // Runs a single one.
    SqlResult ask(Statement statement)
    {
        SqlResult first(std::move(run({ std::move(statement) }).front()));
        return first;
    }

    // Sends lines to the statement sql, which reads them within the open transaction (COPY ... FROM
    // STDIN). produce() is called with a function that takes the lines, newlines included. Returns
    // the number of rows. Errors: as run().
    using LineSink = std::function<void(std::string_view)>;
    virtual std::size_t copy_in(
        const std::string& sql, const std::function<void(const LineSink&)>& produce)
        = 0;

    // Rolls the open transaction back. If that fails, it closes the connection, and the server
    // rolls back by itself.
    virtual void roll_back() noexcept = 0;

    // Returns false for a standby, and for a server that is set to read only. Throws as run().
    virtual bool is_writable() = 0;

    // Returns false if nobody knows whether the last run was carried out. Once the server has said
    // that it stopped, it is known, even if the connection breaks afterwards.
    virtual bool knows_outcome() const noexcept = 0;

    // Returns false once the connection was given up, for example because the server did not stop.
    virtual bool is_open() const noexcept = 0;
    // Returns what the server said in the last run besides its results; "" if it said nothing.
    virtual const std::string& notices() const noexcept = 0;
    virtual const DatabaseHost& host() const noexcept = 0;
};

} // namespace relayctl
