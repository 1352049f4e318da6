#include "core/database/connection.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/database/libpq.hpp"

#include <poll.h>

#include <algorithm>

namespace relayctl {

namespace {

constexpr int connect_seconds = 10;

// libpq's messages have several lines, and its own words in front.
std::string in_one_line(std::string_view message)
{
    std::string line;
    for (const std::string_view part : split_lines(message)) {
        const std::string_view words = trim(part);
        line += (line.empty() || words.empty() ? "" : "; ") + escape(words);
    }
    for (const std::string_view prefix : {"ERROR:", "FATAL:"}) {
        if (line.starts_with(prefix)) {
            line = trim(std::string_view(line).substr(prefix.size()));
        }
    }
    return line.empty() ? "no reason given" : line;
}

void ignore_notice(void* /*unused*/, const char* /*message*/) {}

// The parts of a host as libpq's parameters; an URI brings its own.
std::vector<std::pair<std::string, std::string>> parameters_of(const PgsqlFile& file, const PgsqlHost& host, int seconds, const std::string& encoding)
{
    std::vector<std::pair<std::string, std::string>> parameters;
    if (host.is_uri) {
        parameters.emplace_back("dbname", host.written); // expanded (PQconnectdbParams); what comes later goes before it
        if (file.has_own_role) {
            parameters.emplace_back("user", file.user);
            parameters.emplace_back("password", file.password);
        }
    } else {
        for (const auto& [name, value] : {std::pair("host", &host.host), std::pair("port", &host.port), std::pair("user", &file.user),
                                          std::pair("password", &file.password), std::pair("dbname", &file.dbname)}) {
            if (!value->empty()) {
                parameters.emplace_back(name, *value);
            }
        }
    }
    parameters.emplace_back("client_encoding", encoding);
    parameters.emplace_back("fallback_application_name", "relayctl");
    parameters.emplace_back("connect_timeout", std::to_string(seconds));
    // A server that is gone does not keep us for ever: while something is on its way to it (milliseconds), and while it is to answer.
    for (const auto& [name, value] : {std::pair("tcp_user_timeout", "30000"), std::pair("keepalives_idle", "10"), std::pair("keepalives_interval", "5"), std::pair("keepalives_count", "4")}) {
        parameters.emplace_back(name, value);
    }
    return parameters;
}

} // namespace

void Connection::Closer::operator()(pg_conn* connection) const noexcept
{
    loaded_libpq().finish(connection);
}

Connection Connection::connect(const PgsqlFile& file, const PgsqlHost& host, int seconds, const std::string& encoding)
{
    const Libpq& pq = libpq();
    std::vector<const char*> names;
    std::vector<const char*> values;
    const auto parameters = parameters_of(file, host, seconds, encoding);
    for (const auto& [name, value] : parameters) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    Connection connection(pq.connectdb_params(names.data(), values.data(), 1), host);
    if (!connection.connection_) {
        throw std::bad_alloc();
    }
    if (pq.status(connection.connection_.get()) != CONNECTION_OK) {
        throw SqlFailure{"", in_one_line(pq.error_message(connection.connection_.get())), 0};
    }
    pq.set_notice_processor(connection.connection_.get(), ignore_notice, nullptr);
    return connection;
}

bool Connection::is_writable()
{
    const Libpq& pq = libpq();
    // Told by the server as it greets, from version 14 on: no round trip.
    const char* standby = pq.parameter_status(connection_.get(), "in_hot_standby");
    const char* read_only = pq.parameter_status(connection_.get(), "default_transaction_read_only");
    if (standby != nullptr && read_only != nullptr) {
        return std::string_view(standby) == "off" && std::string_view(read_only) == "off";
    }
    return ask({"SHOW transaction_read_only", {}}).text(0, 0) == "off";
}

Connection Connection::open(const PgsqlFile& file, Purpose purpose)
{
    std::vector<std::string> reasons;
    for (const PgsqlHost& host : file.hosts) {
        try {
            Connection connection = connect(file, host, connect_seconds);
            if (purpose == Purpose::reading || connection.is_writable()) {
                return connection;
            }
            reasons.push_back(escape(host.shown()) + ": is a standby, or set to read only");
        } catch (const SqlFailure& failure) {
            reasons.push_back(escape(host.shown()) + ": " + failure.message);
        }
    }
    throw Error(ErrorKind::postfix, "pgsql:" + escape(file.path) + ": no database server "
                    + (purpose == Purpose::writing ? "that can be written " : "") + "answers: " + join(reasons, "; "));
}

void Connection::send(const Statement& statement)
{
    std::vector<const char*> values;
    for (const SqlValue& value : statement.parameters) {
        values.push_back(value ? value->c_str() : nullptr);
    }
    if (libpq().send_query_params(connection_.get(), statement.sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0) != 1) {
        fail(0);
    }
}

void Connection::fail(std::size_t statement)
{
    throw SqlFailure{"", in_one_line(libpq().error_message(connection_.get())), statement};
}

namespace {

void require_no_nul(const std::vector<Statement>& statements)
{
    for (const Statement& statement : statements) {
        for (const SqlValue& value : statement.parameters) {
            if (value && value->find('\0') != std::string::npos) {
                throw SqlFailure{"22021", "a value has a NUL byte in it, which the database cannot keep", 0};
            }
        }
    }
}

SqlFailure failure_of(const PGresult* result, std::size_t statement)
{
    const Libpq& pq = libpq();
    const char* state = pq.result_error_field(result, PG_DIAG_SQLSTATE);
    const char* message = pq.result_error_field(result, PG_DIAG_MESSAGE_PRIMARY);
    return {state != nullptr ? state : "", message != nullptr ? escape(message) : in_one_line(pq.result_error_message(result)), statement};
}

} // namespace

std::vector<SqlResult> Connection::run(const std::vector<Statement>& statements)
{
    require_no_nul(statements);
    const Libpq& pq = libpq();
    PGconn* connection = connection_.get();
    if (pq.enter_pipeline_mode(connection) != 1) {
        fail(0);
    }
    for (const Statement& statement : statements) {
        send(statement);
    }
    if (pq.pipeline_sync(connection) != 1) {
        fail(0);
    }
    std::vector<SqlResult> results;
    std::optional<SqlFailure> failure;
    int without_result = 0;
    for (;;) {
        wait_for_answer();
        ResultPtr result(pq.get_result(connection));
        if (!result) { // the end of one statement; twice in a row: of the connection
            if (++without_result > 1 || pq.status(connection) != CONNECTION_OK) {
                if (!failure || !failure->is_lost()) {
                    failure = SqlFailure{"", in_one_line(pq.error_message(connection)), results.size()};
                }
                throw *failure;
            }
            continue;
        }
        without_result = 0;
        const ExecStatusType status = pq.result_status(result.get());
        if (status == PGRES_PIPELINE_SYNC) {
            break;
        }
        if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
            results.emplace_back(result.release());
        } else if (status != PGRES_PIPELINE_ABORTED && !failure) {
            failure = failure_of(result.get(), results.size());
        }
    }
    pq.exit_pipeline_mode(connection);
    if (failure) {
        if (!failure->is_lost()) {
            roll_back();
        }
        throw *failure;
    }
    return results;
}

void Connection::wait_for_answer()
{
    const Libpq& pq = libpq();
    while (deadline_ && pq.is_busy(connection_.get()) == 1) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*deadline_ - std::chrono::steady_clock::now()).count();
        struct pollfd ready {pq.socket(connection_.get()), POLLIN, 0};
        if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) == 0) {
            throw SqlFailure{"", "it does not answer in time", 0};
        }
        if (pq.consume_input(connection_.get()) != 1) {
            fail(0);
        }
    }
}

SqlResult Connection::ask(Statement statement)
{
    return std::move(run({std::move(statement)}).front());
}

void Connection::roll_back() noexcept
{
    const ResultPtr result(loaded_libpq().exec(connection_.get(), "ROLLBACK"));
}

std::size_t Connection::copy_in(const std::string& sql, const std::function<void(const Sink&)>& produce)
{
    const Libpq& pq = libpq();
    PGconn* connection = connection_.get();
    const ResultPtr begun(pq.exec(connection, sql.c_str()));
    if (pq.result_status(begun.get()) != PGRES_COPY_IN) {
        throw failure_of(begun.get(), 0);
    }
    try {
        produce([&](std::string_view data) {
            if (pq.put_copy_data(connection, data.data(), static_cast<int>(data.size())) != 1) {
                fail(0);
            }
        });
    } catch (...) {
        pq.put_copy_end(connection, "the source failed");
        while (const ResultPtr rest{pq.get_result(connection)}) {
        }
        throw;
    }
    if (pq.put_copy_end(connection, nullptr) != 1) {
        fail(0);
    }
    std::size_t rows = 0;
    std::optional<SqlFailure> failure;
    while (ResultPtr result{pq.get_result(connection)}) {
        if (pq.result_status(result.get()) == PGRES_COMMAND_OK) {
            rows = SqlResult(result.release()).changed_rows();
        } else if (!failure) {
            failure = failure_of(result.get(), 0);
        }
    }
    if (failure) {
        throw *failure;
    }
    return rows;
}

} // namespace relayctl
