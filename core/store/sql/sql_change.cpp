// One transaction reads the rows of the scope, has the planner decide, writes, reads the same rows
// again, asks Postfix's query, and only then commits. Everything up to COMMIT can be undone by the
// server, so each check that is possible is made before it. The isolation level makes sure that two
// such transactions do not decide on the same rows without one of them failing; that one starts
// anew, with a new plan.
#include "core/store/sql/sql_change.hpp"

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/read_rows.hpp"
#include "core/store/sql/sql_attempts.hpp"
#include "core/store/sql/sql_state.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <span>
#include <utility>

namespace relayctl {

namespace {

using namespace std::chrono_literals;

constexpr auto everything_patience = 20s; // more, to read and sort a whole table
// A rival may have inserted the same key since it was looked for: the next attempt sees that. Or
// another column must be unique, which no attempt changes.
constexpr int most_attempts_to_insert = 5;
// More would be a very large message, for which the server needs the memory several times over.
constexpr std::size_t edits_at_once = 20'000;
constexpr std::size_t most_checked = 100; // answers of Postfix's query

// Returns true if the value is among the rows; for no value, if no row has any. any: whatever value
// there is will do. NULL and the empty text are no answers (db_common_expand()).
bool has_answer(const SqlResult& result, const std::optional<std::string>& value, bool any)
{
    bool is_empty = true;
    for (std::size_t row = 0; row < result.rows(); ++row) {
        const std::string answer = result.text(row, 0);
        is_empty = is_empty && answer.empty();
        if (value && !answer.empty() && (any || answer == *value)) {
            return true;
        }
    }
    return !value && is_empty;
}

// One call of change_rows().
struct SqlChange {
    SqlSession& session;
    const Scope& scope;
    const Planner& planner;
    const PublishOptions& options;
    Publication result = {};
    std::vector<ExpectedRow> committed = {}; // what there is if the COMMIT succeeded

    Publication run()
    {
        const InterruptGuard guard;
        // Rivals are met for as long as the user would wait for a lock.
        const auto begun = std::chrono::steady_clock::now();
        SqlAttempts attempts(
            session, "the change was made", [&](const SqlFailure& failure, int number) {
                const bool may_pass = failure.is_retryable()
                    || (failure.state == sql_state::unique_violation
                        && number < most_attempts_to_insert);
                return may_pass && std::chrono::steady_clock::now() - begun <= options.lock_timeout;
            });
        attempts.run([&] {
            session.open(Purpose::writing);
            // A plan that is made now would find nothing left to do, and the change would be
            // reported as one that was not necessary.
            if (attempts.is_in_doubt() && was_made()) {
                result.changed = true;
                result.notes.emplace_back(
                    "the connection broke while the change was being committed; "
                    "asked again, the server has it");
            } else {
                attempt();
            }
        });
        if (result.changed
            && (session.query().fault != QueryFault::none || !session.file().domain.empty())) {
            result.messages.emplace_back(
                "Postfix does not find it: its file has a fault that relayctl verify names");
        }
        // A database has no map: the next lookup of Postfix sees the change.
        result.map = MapState::none;
        note_standbys(session, options, result);
        return std::move(result);
    }

    // Makes the plan. Errors: those of the planner and of require_readable_value().
    Plan plan_for(const Document& document) const
    {
        Plan plan = planner(document);
        for (const Edit& edit : plan.edits) {
            session.require_readable_value(edit.value);
        }
        return plan;
    }

    // Does the whole transaction once. Throws SqlFailure where a rival or the connection was in the
    // way.
    void attempt()
    {
        result = {};
        // The last attempt was rolled back, so nothing of it is kept.
        std::vector<ExpectedRow> expected;
        const auto reading = scope.everything ? everything_patience : 0s;
        session.set_patience(patience_for(options.lock_timeout, 0) + reading);
        // The columns are only asked for if this fails: most tables have all of them.
        const Document document = session.with_known_columns([&] {
            return read_scope(session, scope, session.begin_writing(options.lock_timeout));
        });
        const Plan plan = plan_for(document);
        note_missing_columns(plan);
        const std::span<const Edit> edits(plan.edits);
        for (std::size_t from = 0; from < edits.size(); from += edits_at_once) {
            const auto rows = write(
                document, plan, edits.subspan(from, std::min(edits_at_once, edits.size() - from)));
            expected.insert(expected.end(), rows.begin(), rows.end());
        }
        if (!result.changed) { // also where the table has no column for what would change
            session.connection().roll_back();
            return;
        }
        require_answers(plan);
        committed = std::move(expected);
        session.commit();
        // The server says that a standby may not have it, as a rule.
        if (const std::string& said = session.connection().notices(); !said.empty()) {
            result.messages.push_back("the change is made, but the server says: " + said);
        }
    }

    // Returns the rows as they must be afterwards. A trigger or a rule may do something else than
    // what is written, so the rows are read again within the transaction.
    std::vector<ExpectedRow> write(
        const Document& document, const Plan& plan, std::span<const Edit> edits)
    {
        const SqlTable& table = session.table();
        auto statements = session.database().edit_rows(table, document, edits);
        if (statements.empty()) {
            return {};
        }
        result.changed = true;
        auto expected = table.expected(document, edits);
        // The limit of the server is set again, since it was that of reading.
        session.set_patience(patience_for(options.lock_timeout, edits.size()));
        statements.insert(statements.begin(), session.limit_statements());
        // Triggers that wait for COMMIT must have run before the rows are read again.
        statements.push_back(session.database().check_now());
        statements.push_back(select_again(expected));
        const auto results = session.run(statements);
        const Difference difference = table.difference(results.back(), expected);
        if (!difference.row.empty()) {
            if (!table.shape().conditions.empty()) { // then these are the likely cause
                require_answers(plan);
            }
            throw Error(ErrorKind::input,
                session.name()
                    + ": the database does not keep what is written to it: " + difference.row,
                { "a trigger, a rule or a view stands behind the table: see \\d in psql" });
        }
        // An annotation decides nothing about who may relay, so the change is made all the same.
        if (!difference.annotation.empty()) {
            result.messages.push_back("the database keeps something else than what was written: "
                + difference.annotation);
        }
        return expected;
    }

    // Returns the statement that reads all rows with these keys.
    Statement select_again(std::span<const ExpectedRow> rows) const
    {
        std::vector<std::string> keys;
        std::transform(rows.begin(), rows.end(), std::back_inserter(keys),
            [](const ExpectedRow& row) { return row.key; });
        return session.database().select_keys(session.table(), keys);
    }

    // Asks as Postfix itself will.
    void require_answers(const Plan& plan)
    {
        const LookupQuery& query = session.query();
        // Postfix cannot ask it either; run() says so.
        if (query.fault != QueryFault::none) {
            return;
        }
        const auto answers
            = std::span(plan.answers).first(std::min(most_checked, plan.answers.size()));
        std::vector<Statement> statements;
        for (const auto& [fingerprint, value] : answers) {
            statements.push_back({ query.sql, { to_lower(fingerprint.to_string()) } });
        }
        const auto results = session.run(statements);
        // What a query gives that we do not understand need not be the host.
        const bool any = session.table().shape().is_named_beside;
        for (std::size_t i = 0; i < answers.size(); ++i) {
            if (!has_answer(results[i], answers[i].second, any)) {
                throw Error(ErrorKind::input,
                    session.name()
                        + ": Postfix's query would not answer as the change wants it for "
                        + answers[i].first.to_string()
                        + ": its conditions leave entries out, it looks elsewhere, or the database "
                          "keeps something else",
                    { "what it asks: " + quote(session.file().query, 200) });
            }
        }
    }

    // Asks after a connection that broke while the change was being committed.
    // Returns true if all rows are as the lost transaction would have left them.
    bool was_made()
    {
        return session.with_known_columns([&] {
            const Difference difference
                = session.table().difference(session.ask(select_again(committed)), committed);
            return difference.row.empty() && difference.annotation.empty();
        });
    }

    // Says which parts of the new annotations cannot be stored.
    void note_missing_columns(const Plan& plan)
    {
        AnnotationColumns missing;
        for (const Edit& edit : plan.edits) {
            missing |= edit.annotation ? session.table().missing_for(*edit.annotation)
                                       : AnnotationColumns();
        }
        if (missing.any()) {
            // A retirement that nobody remembers is one that does not come.
            auto& said = missing[annotation_column::retire_after] ? result.messages : result.notes;
            said.push_back(
                "the table has no columns for it, so this is not kept: " + in_words(missing));
        }
    }
};

} // namespace

Publication change_rows(
    SqlSession& session, const Scope& scope, const Planner& planner, const PublishOptions& options)
{
    return SqlChange{ session, scope, planner, options }.run();
}

} // namespace relayctl
