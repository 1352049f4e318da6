// One connection to PostgreSQL: statements with bound parameters, several of them in one round
// trip. Whatever is waited for has a limit, and where SIGINT, SIGTERM or SIGHUP is noted
// (InterruptGuard), the server is asked to stop what it does, and its answer is waited for.
#pragma once

#include "core/base/deadline.hpp"
#include "core/store/sql/postgresql/pgsql_file.hpp"
#include "core/store/sql/sql_failure.hpp"
#include "core/store/sql/sql_result.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn; // libpq's PGconn

namespace relayctl {

// A parameter; no value = NULL.
using SqlValue = std::optional<std::string>;

struct Statement {
    std::string sql; // one statement, $1 ... for the parameters
    std::vector<SqlValue> parameters;
};

class Connection {
public:
    enum class Purpose {
        reading, // any server that answers, as Postfix takes any
        writing, // only one that can be written: no standby
    };

    // The first of the hosts that answers and fits. Errors: ErrorKind::postfix with what each of
    // them said; ErrorKind::interrupted.
    static Connection open(const PgsqlFile& file, Purpose purpose);
    // This one host, whatever it is; of an URI with several the first that answers. limit: for
    // connecting to each. Throws SqlFailure. Errors: ErrorKind::interrupted.
    static Connection connect(const PgsqlFile& file, const PgsqlHost& host,
        std::chrono::milliseconds limit, const std::string& encoding = "UTF8");

    // How long from now on the answer to one statement may take, and how much longer we wait for a
    // server that keeps to that by itself. Behind that the server is asked to stop; where it does
    // not do that either, the connection is closed.
    void set_patience(std::chrono::milliseconds patience,
        std::chrono::milliseconds beyond = std::chrono::milliseconds(0)) noexcept
    {
        patience_ = patience;
        beyond_ = beyond;
    }

    // All in one round trip; where one fails, those behind it are not carried out, and a
    // transaction that is open is rolled back. Throws SqlFailure. Errors: ErrorKind::interrupted,
    // where the server has confirmed that it did not carry them out; or else the connection is
    // closed, and nobody knows.
    std::vector<SqlResult> run(const std::vector<Statement>& statements);

    // The same of a single one.
    SqlResult ask(Statement statement);

    // COPY ... FROM STDIN, within the transaction that is open: produce() hands its lines to the
    // function that it is given. Gives the number of rows. Errors: as run().
    using Sink = std::function<void(std::string_view)>;
    std::size_t copy_in(const std::string& sql, const std::function<void(const Sink&)>& produce);

    // Where that fails, the connection is closed, and the server rolls back.
    void roll_back() noexcept;

    bool is_open() const noexcept { return connection_ != nullptr; }
    // What the server said in the last run besides; empty = nothing.
    const std::string& notices() const noexcept { return *notices_; }
    const PgsqlHost& host() const noexcept { return host_; }

private:
    enum class Stop { none, late, interrupted };

    struct Closer {
        void operator()(pg_conn* connection) const noexcept;
    };

    using Parameters = std::vector<std::pair<std::string, std::string>>; // libpq's

    Connection(pg_conn* connection, PgsqlHost host);
    static Connection connect_to(
        const Parameters& parameters, const PgsqlHost& host, std::chrono::milliseconds limit);
    bool is_writable();
    std::vector<SqlResult> converse(const std::vector<Statement>& statements);
    void begin();
    void send(const Statement& statement);
    void wait();
    void wait_for_answer();
    void flush();
    void stop(Stop why);
    [[noreturn]] void give_up();
    [[noreturn]] void fail(std::size_t statement);
    [[noreturn]] void throw_failure(SqlFailure failure);

    std::unique_ptr<std::string> notices_; // libpq knows where it is
    std::unique_ptr<pg_conn, Closer> connection_;
    PgsqlHost host_;
    std::chrono::milliseconds patience_ = std::chrono::seconds(30);
    std::chrono::milliseconds beyond_{ 0 };
    SteadyClock::time_point deadline_;
    Stop stop_ = Stop::none;
};

// libpq's messages in one line, without its own words in front and without passwords.
std::string in_one_line(std::string_view message);

} // namespace relayctl
