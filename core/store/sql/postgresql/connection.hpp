// A connection to a PostgreSQL server by libpq: statements with bound parameters, several of them
// in one round trip (the pipeline mode of libpq 14).
#pragma once

#include "core/base/deadline.hpp"
#include "core/store/sql/sql_connection.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn; // libpq's PGconn

namespace relayctl::postgresql {

// It never waits without a limit: libpq is used in its non-blocking mode, and poll(2) waits for the
// server and for signals at the same time.
class Connection : public SqlConnection {
public:
    // As SqlDatabase::connect().
    static std::unique_ptr<Connection> connect(const DatabaseFile& file, const DatabaseHost& host,
        std::chrono::milliseconds limit, const std::string& encoding);

    void set_patience(
        std::chrono::milliseconds patience, std::chrono::milliseconds beyond) noexcept override
    {
        patience_ = patience;
        beyond_ = beyond;
    }
    std::vector<SqlResult> run(const std::vector<Statement>& statements) override;
    std::size_t copy_in(
        const std::string& sql, const std::function<void(const LineSink&)>& produce) override;
    void roll_back() noexcept override;
    bool is_writable() override;
    bool knows_outcome() const noexcept override { return knows_outcome_; }
    bool is_open() const noexcept override { return connection_ != nullptr; }
    const std::string& notices() const noexcept override { return *notices_; }
    const DatabaseHost& host() const noexcept override { return host_; }

private:
    enum class Stop { none, late, interrupted };

    struct Closer {
        void operator()(pg_conn* connection) const noexcept;
    };

    using Parameters = std::vector<std::pair<std::string, std::string>>; // libpq's

    Connection(pg_conn* connection, DatabaseHost host);
    static std::unique_ptr<Connection> connect_to(
        const Parameters& parameters, const DatabaseHost& host, std::chrono::milliseconds limit);
    std::vector<SqlResult> converse(const std::vector<Statement>& statements);
    void begin();
    void extend_deadline();
    void send(const Statement& statement);
    void wait();
    void wait_for_answer();
    void flush();
    void send_lines(std::string_view lines);
    void end_copy();
    std::size_t take_copied_rows();
    void stop(Stop why);
    [[noreturn]] void give_up();
    [[noreturn]] void fail(std::size_t statement);
    [[noreturn]] void throw_failure(SqlFailure failure);

    std::unique_ptr<std::string> notices_; // libpq knows where it is
    std::unique_ptr<pg_conn, Closer> connection_;
    DatabaseHost host_;
    std::chrono::milliseconds patience_ = std::chrono::seconds(30);
    std::chrono::milliseconds beyond_{ 0 };
    SteadyClock::time_point deadline_;
    Stop stop_ = Stop::none;
    bool knows_outcome_ = true;
};

} // namespace relayctl::postgresql
