#include "core/store/sql/sql_change.hpp"

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

namespace relayctl {

namespace {

using namespace std::chrono_literals;

constexpr auto everything_patience = 20s; // more, to read and sort a table as a whole
// A rival has inserted the same key since it was looked for, which the next look shows; or else
// another column must be unique, which no look changes.
constexpr const char* unique_violation = "23505";
constexpr int most_attempts_to_insert = 5;
constexpr const char* doubt
    = "no answer came to the COMMIT, and whether the change was made cannot be told";
constexpr const char* run_again = "run it again: what is done already is not done twice";
constexpr std::size_t edits_at_once = 20'000;
constexpr std::size_t most_checked = 100; // answers of Postfix's query

} // namespace

// Whatever fails, the connection ends, and with it the transaction: nobody comes back to it.
Publication SqlChange::run()
{
    const InterruptGuard guard;
    try {
        return run_until_done();
    } catch (Error& error) {
        if (is_in_doubt()) {
            error.with_state(doubt);
        }
        session_.close();
        throw;
    } catch (const SqlFailure& failure) {
        session_.close();
        if (is_in_doubt()) {
            throw Error(ErrorKind::postfix, session_.name() + ": " + failure.message, { run_again })
                .with_state(doubt);
        }
        throw;
    }
}

Publication SqlChange::run_until_done()
{
    for (int attempt = 1;; ++attempt) {
        try {
            session_.open(Connection::Purpose::writing);
            if (in_doubt_ && was_carried_out()) {
                result_.changed = true;
                result_.notes.emplace_back("the connection broke while the change was being "
                                           "committed; asked again, the server has it");
                break;
            }
            if (this->attempt()) {
                break;
            }
        } catch (const SqlFailure& failure) {
            if (!handle(failure, attempt)) {
                throw;
            }
        } catch (const Error& error) {
            // The planner's, or that of a server that does not come back.
            if (!lost_since_ || session_.is_open() || error.kind() != ErrorKind::postfix) {
                throw;
            }
            if (Clock::now() - *lost_since_ > server_patience) {
                throw_lost(error.what());
            }
            pause(attempt);
        }
    }
    if (result_.changed
        && (session_.query().fault != QueryFault::none || !session_.file().domain.empty())) {
        result_.messages.emplace_back(
            "Postfix does not find it: its file has a fault that relayctl verify names");
    }
    result_.map = MapState::none;
    look_at_replicas(session_, options_, result_);
    return std::move(result_);
}

bool SqlChange::handle(const SqlFailure& failure, int attempt)
{
    in_doubt_ = is_in_doubt();
    if (failure.is_lost()) {
        session_.close();
        lost_since_ = lost_since_.value_or(Clock::now());
        if (Clock::now() - *lost_since_ > server_patience) {
            throw_lost(session_.name() + ": " + failure.message);
        }
    } else {
        const bool is_worth_it = failure.is_retryable()
            || (failure.state == unique_violation && attempt < most_attempts_to_insert);
        if (!is_worth_it || Clock::now() - begun_ > options_.lock_timeout) {
            return false;
        }
    }
    pause(attempt);
    return true;
}

void SqlChange::throw_lost(const std::string& reason) const
{
    Error error(ErrorKind::postfix, reason);
    if (in_doubt_) {
        error.with_hint(run_again);
    }
    throw error;
}

// At random: two that met once would meet again.
void SqlChange::pause(int attempt) const
{
    thread_local std::minstd_rand random{ std::random_device{}() };
    throw_if_interrupted();
    const int most = std::min(200, 4 * attempt);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::uniform_int_distribution<int>(1, most)(random)));
}

Plan SqlChange::planned(const Document& document) const
{
    Plan plan = planner_(document);
    for (const Edit& edit : plan.edits) {
        session_.require_readable_value(edit.value);
    }
    return plan;
}

bool SqlChange::attempt()
{
    result_ = {};
    std::vector<ExpectedRow> expected;
    const auto reading = scope_.everything ? everything_patience : 0s;
    session_.set_patience(patience_for(options_.lock_timeout, 0) + reading);
    const Document document = session_.with_known_columns([&] {
        return read_scope(
            session_, scope_, begin_writing(options_.lock_timeout, session_.patience()));
    });
    const Plan plan = planned(document);
    note_what_is_missed(plan);
    const std::span<const Edit> edits(plan.edits);
    for (std::size_t from = 0; from < edits.size(); from += edits_at_once) {
        const auto rows = carry_out(
            document, plan, edits.subspan(from, std::min(edits_at_once, edits.size() - from)));
        expected.insert(expected.end(), rows.begin(), rows.end());
    }
    if (!result_.changed) { // also where no column could keep it
        session_.connection().roll_back();
        return true;
    }
    require_answers(plan);
    expected_ = std::move(expected);
    session_.commit();
    if (const std::string& said = session_.connection().notices();
        !said.empty()) { // that a standby may not have it, as a rule
        result_.messages.push_back("the change is made, but the server says: " + said);
    }
    return true;
}

// What the database makes of the edits is looked at within the transaction: a trigger or a rule may
// do something else.
std::vector<ExpectedRow> SqlChange::carry_out(
    const Document& document, const Plan& plan, std::span<const Edit> edits)
{
    const SqlTable& table = session_.table();
    auto statements = table.statements_for(document, edits);
    if (statements.empty()) {
        return {};
    }
    result_.changed = true;
    auto expected = table.expected(document, edits);
    session_.set_patience(patience_for(options_.lock_timeout, edits.size()));
    statements.insert(statements.begin(), session_.limit_statement());
    statements.push_back({ "SET CONSTRAINTS ALL IMMEDIATE", {} }); // triggers that wait for COMMIT
    statements.push_back(table.select_keys(expected));
    const auto results = session_.run(statements);
    const Difference difference = table.difference(results.back(), expected);
    if (!difference.row.empty()) {
        if (!table.shape().conditions.empty()) { // then these are the likely cause
            require_answers(plan);
        }
        throw Error(ErrorKind::input,
            session_.name()
                + ": the database does not keep what is written to it: " + difference.row,
            { "a trigger, a rule or a view stands behind the table: see \\d in psql" });
    }
    if (!difference.annotation.empty()) {
        result_.messages.push_back(
            "the database keeps something else than what was written: " + difference.annotation);
    }
    return expected;
}

namespace {

// Whether this is among the rows; of no value, whether there is none. NULL and nothing are no
// answers (db_common_expand()).
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

} // namespace

// As Postfix itself will ask.
void SqlChange::require_answers(const Plan& plan)
{
    const PgsqlQuery& query = session_.query();
    if (query.fault != QueryFault::none) {
        return;
    }
    const auto answers = std::span(plan.answers).first(std::min(most_checked, plan.answers.size()));
    std::vector<Statement> statements;
    for (const auto& [fingerprint, value] : answers) {
        statements.push_back({ query.sql, { to_lower(fingerprint.to_string()) } });
    }
    const auto results = session_.run(statements);
    const bool any
        = session_.table().shape().is_told; // what such a query gives need not be the host
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (!has_answer(results[i], answers[i].second, any)) {
            throw Error(ErrorKind::input,
                session_.name() + ": Postfix's query would not answer as the change wants it for "
                    + answers[i].first.to_string()
                    + ": its conditions leave entries out, it looks elsewhere, or the database "
                      "keeps something else",
                { "what it asks: " + quote(session_.file().query, 200) });
        }
    }
}

// After a connection that broke.
bool SqlChange::was_carried_out()
{
    return session_.with_known_columns([&] {
        const Difference difference = session_.table().difference(
            session_.ask(session_.table().select_keys(expected_)), expected_);
        return difference.row.empty() && difference.annotation.empty();
    });
}

void SqlChange::note_what_is_missed(const Plan& plan)
{
    if (const std::string missed = session_.table().columns_missed(plan.edits); !missed.empty()) {
        // A retirement that nobody remembers is one that does not come.
        auto& said
            = missed.find("retire_after") != std::string::npos ? result_.messages : result_.notes;
        said.push_back("the table has no columns for it, so this is not kept: " + missed);
    }
}

} // namespace relayctl
