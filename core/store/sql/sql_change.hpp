// One change of a database table: a transaction, done anew where a rival was quicker, and asked
// after where the connection broke.
#pragma once

#include "core/store/plan.hpp"
#include "core/store/sql/sql_session.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace relayctl {

class SqlChange {
public:
    // All must outlive it.
    SqlChange(SqlSession& session, const Scope& scope, const Planner& planner,
        const PublishOptions& options)
        : session_(session)
        , scope_(scope)
        , planner_(planner)
        , options_(options)
    {
    }

    // Errors: what the planner throws; those of Connection::open(). Throws SqlFailure.
    Publication run();

private:
    using Clock = std::chrono::steady_clock;

    Publication run_until_done();
    bool attempt(); // false: it is to be done again
    // Gives what is there afterwards. Errors: ErrorKind::input where the database does something
    // else.
    std::vector<ExpectedRow> carry_out(
        const Document& document, const Plan& plan, std::span<const Edit> edits);
    void require_answers(const Plan& plan);
    bool was_carried_out();
    bool is_in_doubt() const { return in_doubt_ || session_.is_in_doubt(); }
    // Errors: also ErrorKind::input where a new value would be none that Postfix can read.
    Plan planned(const Document& document) const;
    void note_what_is_missed(const Plan& plan);
    void pause(int attempt) const;
    bool handle(const SqlFailure& failure, int attempt); // whether it is worth another attempt
    [[noreturn]] void throw_lost(const std::string& reason) const;

    SqlSession& session_;
    const Scope& scope_;
    const Planner& planner_;
    const PublishOptions& options_;
    Publication result_;
    bool in_doubt_ = false; // whether a COMMIT that was sent earlier was carried out
    std::vector<ExpectedRow> expected_; // what there is, if it was
    Clock::time_point begun_ = Clock::now();
    std::optional<Clock::time_point> lost_since_; // the connection, for the first time
};

} // namespace relayctl
