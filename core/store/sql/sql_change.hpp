// One change of a database table, as a transaction.
#pragma once

#include "core/store/plan.hpp"
#include "core/store/sql/sql_session.hpp"
#include "core/table/scope.hpp"

#include <span>
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

    // Reads the scope, has the planner say what to do, and does it; all of it anew where a rival
    // was quicker. Errors: what the planner throws; those of SqlSession::open(). Throws SqlFailure.
    Publication run();

private:
    void attempt();
    // Has the planner make the plan. Errors: also ErrorKind::input if Postfix could not read one of
    // the new values.
    Plan plan_for(const Document& document) const;
    void note_missing_columns(const Plan& plan);
    // Returns the rows as they must be afterwards. Errors: ErrorKind::input if the database does
    // something else.
    std::vector<ExpectedRow> write(
        const Document& document, const Plan& plan, std::span<const Edit> edits);
    Statement select_again(std::span<const ExpectedRow> rows) const;
    void require_answers(const Plan& plan);
    bool was_made();

    SqlSession& session_;
    const Scope& scope_;
    const Planner& planner_;
    const PublishOptions& options_;
    Publication result_;
    std::vector<ExpectedRow> expected_; // what there is if the COMMIT succeeded
};

} // namespace relayctl
