#include "core/store/sql/sql_attempts.hpp"

#include "core/base/interrupt.hpp"

#include <algorithm>
#include <random>
#include <thread>

namespace relayctl {

namespace {

constexpr std::chrono::seconds server_patience{ 30 }; // for a server that was there to come back

} // namespace

SqlAttempts::SqlAttempts(SqlSession& session, std::string what, IsWorthAnother is_worth_another)
    : session_(session)
    , what_(std::move(what))
    , is_worth_another_(std::move(is_worth_another))
{
}

bool SqlAttempts::has_waited_enough() const
{
    return Clock::now() - *lost_since_ > server_patience;
}

// Whatever fails, the connection ends, and with it the transaction: nobody comes back to it.
void SqlAttempts::give_up(Error& error)
{
    session_.close();
    if (is_in_doubt_) {
        if (error.hints().empty()) {
            error.with_hint("run it again: what is done already is not done twice");
        }
        error.with_state("no answer came to the COMMIT, and whether " + what_ + " cannot be told");
    }
}

void SqlAttempts::note(const SqlFailure& failure, int number)
{
    is_in_doubt_ = is_in_doubt_ || session_.is_in_doubt();
    bool goes_on = false;
    // The server may be starting again, or another host has become the primary. The time counts
    // from the first loss, whatever comes between.
    if (failure.is_lost()) {
        session_.close();
        lost_since_ = lost_since_.value_or(Clock::now());
        goes_on = !has_waited_enough();
    } else {
        goes_on = is_worth_another_(failure, number);
    }
    if (goes_on) {
        return;
    }
    session_.close();
    // The caller makes an error of it (SqlSession::with_errors()).
    if (!is_in_doubt_) {
        throw failure;
    }
    Error error(ErrorKind::database, session_.name() + ": " + failure.message);
    give_up(error);
    throw error;
}

// An error is the planner's, or that of a server that is not there. Only the second can pass, where
// the server was there before.
void SqlAttempts::note(Error& error)
{
    is_in_doubt_ = is_in_doubt_ || session_.is_in_doubt();
    const bool no_server
        = lost_since_ && !session_.is_open() && error.kind() == ErrorKind::database;
    if (!no_server || has_waited_enough()) {
        give_up(error);
        throw error;
    }
}

// Waits for a random time: two that met once would meet again.
void SqlAttempts::pause(int number)
{
    thread_local std::minstd_rand random{ std::random_device{}() };
    try {
        throw_if_interrupted();
    } catch (Error& error) {
        give_up(error);
        throw;
    }
    const int most = std::min(200, 4 * number);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::uniform_int_distribution<int>(1, most)(random)));
}

} // namespace relayctl
