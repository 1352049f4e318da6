// One connection to PostgreSQL: statements with bound parameters, several of them in one round trip.
#pragma once

#include "core/database/sql_failure.hpp"
#include "core/database/sql_result.hpp"
#include "core/postfix/pgsql_file.hpp"

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
    std::string sql;                  // one statement, $1 ... for the parameters
    std::vector<SqlValue> parameters;
};

class Connection {
public:
    enum class Purpose {
        reading, // any server that answers, as Postfix takes any
        writing, // only one that can be written: no standby
    };

    // The first of the hosts that answers and fits. Errors: ErrorKind::postfix with what each of them said.
    static Connection open(const PgsqlFile& file, Purpose purpose);
    // This one host, whatever it is. seconds: for connecting. Throws SqlFailure.
    static Connection connect(const PgsqlFile& file, const PgsqlHost& host, int seconds, const std::string& encoding = "UTF8");

    // From now on an answer is waited for no longer than until then; what comes later is a connection that broke.
    void set_deadline(std::chrono::steady_clock::time_point deadline) { deadline_ = deadline; }

    // All in one round trip; where one fails, those behind it are not carried out, and a transaction that is open is rolled back.
    // Throws SqlFailure.
    std::vector<SqlResult> run(const std::vector<Statement>& statements);

    // The same of a single one.
    SqlResult ask(Statement statement);

    // COPY ... FROM STDIN, within the transaction that is open: produce() hands its lines to the function that it is given. Gives the
    // number of rows.
    using Sink = std::function<void(std::string_view)>;
    std::size_t copy_in(const std::string& sql, const std::function<void(const Sink&)>& produce);

    void roll_back() noexcept;

    const PgsqlHost& host() const noexcept { return host_; }

private:
    struct Closer {
        void operator()(pg_conn* connection) const noexcept;
    };

    Connection(pg_conn* connection, PgsqlHost host) : connection_(connection), host_(std::move(host)) {}
    bool is_writable();
    void send(const Statement& statement);
    void wait_for_answer();
    [[noreturn]] void fail(std::size_t statement);

    std::unique_ptr<pg_conn, Closer> connection_;
    PgsqlHost host_;
    std::optional<std::chrono::steady_clock::time_point> deadline_;
};

} // namespace relayctl
