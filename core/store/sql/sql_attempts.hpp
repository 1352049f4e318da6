// Doing a transaction again: where a rival was quicker, and where the connection broke.
#pragma once

#include "core/base/error.hpp"
#include "core/store/sql/sql_session.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace relayctl {

// The attempts of one transaction.
class SqlAttempts {
public:
    // Returns true if another attempt is worth it after this failure of attempt number so and so.
    // It is not asked about a lost connection.
    using IsWorthAnother = std::function<bool(const SqlFailure& failure, int number)>;

    // what: "the change was made", for errors. Session must outlive it.
    SqlAttempts(SqlSession& session, std::string what, IsWorthAnother is_worth_another);

    // Calls attempt() until it succeeds, or fails in a way that no attempt can mend, or the server
    // does not come back within half a minute. Between two attempts it waits a little. Throws what
    // the last attempt threw; if nobody knows what came of a COMMIT, with that as its state.
    template <typename Attempt> auto run(Attempt attempt)
    {
        for (int number = 1;; ++number) {
            try {
                return attempt();
            } catch (const SqlFailure& failure) {
                note(failure, number);
            } catch (Error& error) {
                note(error);
            }
            pause(number);
        }
    }

    // Returns true if an earlier attempt sent a COMMIT to which no answer came.
    bool is_in_doubt() const noexcept { return is_in_doubt_; }

private:
    using Clock = std::chrono::steady_clock;

    // Both are called while the exception is handled, and throw unless another attempt is to be
    // made.
    void note(const SqlFailure& failure, int number);
    void note(Error& error);
    bool has_waited_enough() const;
    void give_up(Error& error);
    void pause(int number);

    SqlSession& session_;
    std::string what_;
    IsWorthAnother is_worth_another_;
    bool is_in_doubt_ = false;
    std::optional<Clock::time_point> lost_since_; // the connection, for the first time
};

} // namespace relayctl
