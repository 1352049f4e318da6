// The part of Connection that sends lines to COPY ... FROM STDIN.
#include "core/base/interrupt.hpp"
#include "core/store/sql/postgresql/connection.hpp"
#include "core/store/sql/postgresql/libpq.hpp"

namespace relayctl::postgresql {

std::size_t Connection::copy_in(
    const std::string& sql, const std::function<void(const LineSink&)>& produce)
{
    // COPY needs a dialogue of its own: the server answers that it is ready, takes the lines, and
    // says at the end what came of them. An error in a line may come at any time in between; it is
    // read at the end.
    begin();
    send({ sql, {} });
    wait_for_answer();
    const ResultPtr begun(libpq().get_result(connection_.get()));
    if (libpq().result_status(begun.get()) != PGRES_COPY_IN) {
        throw_failure(failure_of(begun.get(), 0));
    }
    try {
        produce([&](std::string_view lines) { send_lines(lines); });
    } catch (...) {
        connection_.reset(); // the server drops what it has got
        throw;
    }
    end_copy();
    return take_copied_rows();
}

void Connection::send_lines(std::string_view lines)
{
    throw_if_interrupted();
    // The limit is for each part, since nobody knows how many there will be.
    extend_deadline();
    if (libpq().put_copy_data(connection_.get(), lines.data(), static_cast<int>(lines.size()))
        != 1) {
        fail(0);
    }
    flush();
}

// Says that no more lines come.
void Connection::end_copy()
{
    int put = 0;
    // 0 means that the buffer of libpq is full (non-blocking mode).
    while ((put = libpq().put_copy_end(connection_.get(), nullptr)) == 0) {
        wait();
    }
    if (put != 1) {
        fail(0);
    }
}

// Reads what the server says at the end. Errors: SqlFailure, of the first line that it refused.
std::size_t Connection::take_copied_rows()
{
    const Libpq& pq = libpq();
    std::size_t rows = 0;
    std::optional<SqlFailure> failure;
    for (;;) {
        wait_for_answer();
        ResultPtr result(pq.get_result(connection_.get()));
        if (!result) {
            break;
        }
        if (pq.result_status(result.get()) == PGRES_COMMAND_OK) {
            rows = result_of(std::move(result)).changed_rows();
        } else if (!failure) {
            failure = failure_of(result.get(), 0);
        }
    }
    if (failure) {
        throw_failure(*std::move(failure));
    }
    return rows;
}

} // namespace relayctl::postgresql
