// All statements of a run are sent at once and end with a Sync, then the results are read (pipeline
// mode). If one fails, the server skips the others up to the Sync, so nothing runs that was meant
// to follow. Each wait goes through wait(), which is where time limits and signals are noticed: it
// then has the server stop, and the run goes on reading until the server says that it did.
#include "core/store/sql/postgresql/connection.hpp"

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"
#include "core/store/sql/postgresql/libpq.hpp"
#include "core/store/sql/sql_state.hpp"

#include <poll.h>

#include <optional>
#include <system_error>
#include <thread>

namespace relayctl::postgresql {

namespace {

using namespace std::chrono_literals;

constexpr auto time_to_stop = 10s; // what a server is given that was asked to
// After that the connection is closed, which rolls back as well.
constexpr auto time_to_roll_back = 2s;

// Says that the connection is lost, with libpq's own words.
std::string lost_in_words(pg_conn* connection)
{
    return "the connection is lost (" + in_one_line(libpq().error_message(connection)) + ')';
}

// Throws SqlFailure for a NUL byte: libpq takes parameters as C strings and would cut the value
// there.
void require_no_nul(const std::vector<Statement>& statements)
{
    for (const Statement& statement : statements) {
        for (const SqlValue& value : statement.parameters) {
            if (value && value->find('\0') != std::string::npos) {
                throw SqlFailure{ std::string(sql_state::has_nul_byte),
                    "a value has a NUL byte in it, which the database cannot keep", 0 };
            }
        }
    }
}

} // namespace

void Connection::Closer::operator()(pg_conn* connection) const noexcept
{
    loaded_libpq().finish(connection);
}

Connection::Connection(pg_conn* connection, DatabaseHost host)
    : notices_(std::make_unique<std::string>())
    , connection_(connection)
    , host_(std::move(host))
{
    // Warnings, and what triggers raise as notices. The text is an object of its own since libpq
    // keeps a pointer to it, and a Connection may be moved.
    const auto note = [](void* notices, const char* message) {
        static_cast<std::string*>(notices)->append(in_one_line(message)).append(1, ' ');
    };
    libpq().set_notice_processor(connection, note, notices_.get());
}

void Connection::begin()
{
    knows_outcome_ = true;
    throw_if_interrupted(); // nothing is on its way yet
    notices_->clear();
    stop_ = Stop::none;
    extend_deadline();
}

void Connection::extend_deadline()
{
    // The server has a limit of its own, which it should reach first: its answer says then that it
    // did not carry the statement out.
    deadline_ = deadline_after(patience_ + beyond_);
}

void Connection::send(const Statement& statement)
{
    std::vector<const char*> values;
    for (const SqlValue& value : statement.parameters) {
        values.push_back(value ? value->c_str() : nullptr);
    }
    if (libpq().send_query_params(connection_.get(), statement.sql.c_str(),
            static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0)
        != 1) {
        fail(0);
    }
}

void Connection::fail(std::size_t statement)
{
    // An empty state means a lost connection (SqlFailure::is_lost()).
    throw SqlFailure{ "", lost_in_words(connection_.get()), statement };
}

// Asks the server to stop. libpq does that by a connection of its own, for which it waits without a
// limit; so it does it in a thread, and we do not wait.
void Connection::stop(Stop why)
{
    // The limit from now on is for the server's answer that it has stopped. A second signal changes
    // nothing.
    stop_ = why;
    deadline_ = SteadyClock::now() + time_to_stop;
    const Libpq& pq = libpq();
    PGcancel* const request = pq.get_cancel(connection_.get());
    try {
        std::thread([&pq, request] {
            char problem[256];
            pq.cancel(request, problem, sizeof problem);
            pq.free_cancel(request);
        }).detach();
    } catch (const std::system_error&) { // there is no thread; the server sees the connection end
        pq.free_cancel(request);
    }
}

void Connection::give_up()
{
    // Nobody knows now whether the statement was carried out: the caller sees it by is_open().
    const bool is_interrupted = stop_ == Stop::interrupted;
    connection_.reset();
    if (is_interrupted) {
        throw_if_interrupted();
    }
    SqlFailure failure{ "",
        "the server does not answer, waited " + in_seconds(patience_)
            + "; nor does it confirm that it stopped" };
    failure.is_late = true;
    throw failure;
}

// Waits until the server has said something, or has taken some of what is still to be sent.
void Connection::wait()
{
    const Libpq& pq = libpq();
    // With much to send the server may have to be read first: it stops reading while nobody takes
    // its results.
    const int unsent = pq.flush(connection_.get());
    if (unsent < 0) {
        fail(0);
    }
    struct pollfd wanted[2] = { { pq.socket(connection_.get()),
                                    static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN), 0 },
        { stop_ == Stop::none ? interrupt_descriptor() : -1, POLLIN, 0 } };
    const int ready = ::poll(wanted, 2, milliseconds_until(deadline_));
    // It was asked to stop, and has not answered in the time that it was given.
    if (ready == 0 && stop_ != Stop::none) {
        give_up();
    }
    if (ready == 0 || wanted[1].revents != 0) {
        stop(ready == 0 ? Stop::late : Stop::interrupted);
    }
    if (wanted[0].revents != 0 && pq.consume_input(connection_.get()) != 1) {
        fail(0);
    }
}

void Connection::wait_for_answer()
{
    // libpq is busy as long as PQgetResult() would block.
    while (libpq().is_busy(connection_.get()) == 1) {
        wait();
    }
    // Each statement of the run has the whole time, not all of them together.
    if (stop_ == Stop::none) {
        extend_deadline();
    }
}

void Connection::flush()
{
    while (libpq().flush(connection_.get()) > 0) {
        wait();
    }
}

// A statement that was stopped was not carried out, whether we stopped it or the server's own
// limit.
void Connection::throw_failure(SqlFailure failure)
{
    // A server that answers with a SQLSTATE has rolled back, unless it was shutting down. The
    // connection can be used for another attempt afterwards.
    if (!failure.is_lost()) {
        knows_outcome_ = true;
        roll_back();
    }
    if (stop_ == Stop::interrupted && failure.state == sql_state::query_canceled) {
        throw_if_interrupted();
    }
    if (failure.state == sql_state::query_canceled) {
        failure.is_late = true;
        failure.message = "the server was not done within " + in_seconds(patience_) + " ("
            + failure.message + ')';
    }
    throw failure;
}

std::vector<SqlResult> Connection::run(const std::vector<Statement>& statements)
{
    require_no_nul(statements);
    begin();
    knows_outcome_ = false;
    auto results = converse(statements);
    knows_outcome_ = true;
    return results;
}

std::vector<SqlResult> Connection::converse(const std::vector<Statement>& statements)
{
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
                    failure = SqlFailure{ "", lost_in_words(connection), results.size() };
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
            results.push_back(result_of(std::move(result)));
        } else if (status != PGRES_PIPELINE_ABORTED && !failure) {
            // The statements behind a failed one have this status; only the first failure says
            // anything.
            failure = failure_of(result.get(), results.size());
        }
    }
    // COPY is not possible in pipeline mode, so no run leaves the connection in it.
    pq.exit_pipeline_mode(connection);
    if (failure) {
        throw_failure(*std::move(failure));
    }
    return results;
}

void Connection::roll_back() noexcept
{
    const InterruptHold hold;
    // An interrupted run is rolled back as well, so the signal must not stop this one; its reason
    // is needed again behind it.
    const Stop before = stop_;
    try {
        stop_ = Stop::none;
        deadline_ = SteadyClock::now() + time_to_roll_back;
        const auto result = converse({ { "ROLLBACK", {} } });
    } catch (...) { // however it failed, the server rolls back when there is no connection any more
        connection_.reset();
    }
    stop_ = before;
}

} // namespace relayctl::postgresql
