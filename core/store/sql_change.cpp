#include "core/store/sql_change.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

namespace relayctl {

namespace {

constexpr const char* doubt = "the connection broke while the change was being committed, and whether it was cannot be told";
constexpr std::size_t edits_at_once = 20'000;
constexpr std::size_t most_checked = 100; // answers of Postfix's query

} // namespace

Publication SqlChange::run()
{
    try {
        return run_until_done();
    } catch (Error& error) {
        if (in_doubt_) {
            error.with_state(doubt);
        }
        throw;
    } catch (const SqlFailure& failure) {
        if (in_doubt_) {
            throw Error(ErrorKind::postfix, session_.name() + ": " + failure.message).with_state(doubt);
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
                result_.notes.push_back(std::string("the connection broke while the change was being committed; asked again, ")
                                        + (expected_.empty() ? "it is not listed: whether this command removed it cannot be told" : "the server has it"));
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
    if (result_.changed && (session_.query().fault != QueryFault::none || !session_.file().domain.empty())) {
        result_.messages.emplace_back("Postfix does not find it: its file has a fault that relayctl verify names");
    }
    result_.map = MapState::none;
    look_at_replicas(session_, options_, result_);
    return std::move(result_);
}

bool SqlChange::handle(const SqlFailure& failure, int attempt)
{
    if (failure.is_lost()) {
        in_doubt_ = in_doubt_ || committing_;
        committing_ = false;
        session_.close();
        lost_since_ = lost_since_.value_or(Clock::now());
        if (Clock::now() - *lost_since_ > server_patience) {
            throw_lost(session_.name() + ": " + failure.message);
        }
    } else if (!failure.is_retryable() || Clock::now() - begun_ > options_.lock_timeout) {
        return false;
    }
    pause(attempt);
    return true;
}

void SqlChange::throw_lost(const std::string& reason) const
{
    Error error(ErrorKind::postfix, reason);
    if (in_doubt_) {
        error.with_hint("run it again: what is done already is not done twice");
    }
    throw error;
}

// At random: two that met once would meet again.
void SqlChange::pause(int attempt) const
{
    thread_local std::minstd_rand random{std::random_device{}()};
    const int most = std::min(200, 4 * attempt);
    std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution<int>(1, most)(random)));
}

std::vector<Statement> SqlChange::begin() const
{
    return begin_writing(options_.lock_timeout);
}

// Postfix's own query is asked within the transaction, and an answer that is none of those wanted ends it: a division by zero.
void SqlChange::add_checks(std::vector<Statement>& statements, const Plan& plan) const
{
    const PgsqlQuery& query = session_.query();
    if (query.fault != QueryFault::none) {
        return;
    }
    std::size_t checked = 0;
    for (const auto& [fingerprint, value] : plan.answers) {
        // NULL and nothing are no answers (db_common_expand()).
        const std::string answers = " FROM (" + query.sql + ") AS relayctl_answer (relayctl_value) WHERE relayctl_value::text <> ''";
        statements.push_back({value ? "SELECT 1 / least(1, count(*))" + answers : "SELECT 1 / (1 - least(1, count(*)))" + answers, {to_lower(fingerprint.to_string())}});
        if (++checked == most_checked) {
            break;
        }
    }
}

std::vector<SqlResult> SqlChange::commit(std::vector<Statement> statements, std::vector<ExpectedRow> expected)
{
    statements.push_back({"COMMIT", {}});
    expected_ = std::move(expected);
    committing_ = true;
    try {
        auto results = session_.run(statements);
        committing_ = false;
        return results;
    } catch (const SqlFailure& failure) {
        committing_ = failure.is_lost();
        throw;
    }
}

Document SqlChange::rows_of(const SqlResult& result) const
{
    RowsBuilder builder;
    for (std::size_t row = 0; row < result.rows(); ++row) {
        session_.table().add_to(builder, result, row, scope_);
    }
    return builder.build();
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
    if (may_be_quick_ && !scope_.everything && !scope_.counts_all) {
        const auto done = scope_.likely == Scope::Likely::append ? try_append() : scope_.likely == Scope::Likely::erase ? try_erase() : std::nullopt;
        if (done.value_or(false)) {
            return true;
        }
        may_be_quick_ = false;
    }
    return change_what_is_there();
}

namespace {

bool only_appends(const std::vector<Edit>& edits)
{
    return std::all_of(edits.begin(), edits.end(), [](const Edit& edit) { return edit.kind == Edit::Kind::append; });
}

} // namespace

// One round trip: the plan for a table that has none of the fingerprints is carried out where that is so.
std::optional<bool> SqlChange::try_append()
{
    const Document nothing{std::string()};
    const Plan plan = planned(nothing);
    if (plan.edits.empty() || plan.edits.size() > most_checked || !only_appends(plan.edits)) {
        return std::nullopt;
    }
    Scope keys;
    keys.fingerprints = scope_.fingerprints;
    try {
        const auto results = session_.with_known_columns([&] {
            std::vector<Statement> statements = begin();
            statements.push_back(session_.table().select_scope(scope_));
            const auto inserts = session_.table().statements_for(nothing, plan.edits, &keys);
            statements.insert(statements.end(), inserts.begin(), inserts.end());
            add_checks(statements, plan);
            return commit(std::move(statements), session_.table().expected(nothing, plan.edits));
        });
        const std::size_t at = begin().size();
        const Document before = rows_of(results[at]);
        const Plan as_it_was = planned(before); // for what is to be said
        result_.changed = results[at + 1].changed_rows() > 0;
        if (result_.changed) {
            note_what_is_missed(plan);
        }
        return result_.changed || as_it_was.edits.empty();
    } catch (const SqlFailure& failure) {
        if (failure.state == "22012" || failure.state == "23505") { // there is something that this way does not see
            return std::nullopt;
        }
        throw;
    }
}

// Likewise where a single entry is in the scope, whatever it is.
std::optional<bool> SqlChange::try_erase()
{
    if (session_.table().shape().is_told) {
        return std::nullopt; // the query may look elsewhere, too
    }
    const auto results = session_.with_known_columns([&] {
        std::vector<Statement> statements = begin();
        statements.push_back(session_.table().select_scope(scope_));
        statements.push_back(session_.table().erase_only_one(scope_));
        return commit(std::move(statements), {});
    });
    const std::size_t at = begin().size();
    const Document before = rows_of(results[at]);
    const Plan plan = planned(before);
    result_.changed = results[at + 1].changed_rows() > 0;
    return result_.changed || plan.edits.empty();
}

bool SqlChange::change_what_is_there()
{
    const Document document = session_.with_known_columns([&] { return read_scope(session_, scope_, begin()); });
    const Plan plan = planned(document);
    note_what_is_missed(plan);
    const std::span<const Edit> edits(plan.edits);
    auto statements = session_.table().statements_for(document, edits.first(std::min(edits_at_once, edits.size())));
    if (statements.empty()) { // also where no column could keep it
        session_.connection().roll_back();
        return true;
    }
    for (std::size_t from = 0; from < edits.size(); from += edits_at_once) {
        if (from > 0) {
            statements = session_.table().statements_for(document, edits.subspan(from, std::min(edits_at_once, edits.size() - from)));
        }
        if (from + edits_at_once < edits.size()) {
            session_.run(statements);
            continue;
        }
        add_checks(statements, plan);
        try {
            commit(std::exchange(statements, {}), session_.table().expected(document, edits.first(std::min(most_checked, edits.size()))));
        } catch (const SqlFailure& failure) {
            if (failure.state == "22012") {
                throw Error(ErrorKind::input, session_.name() + ": Postfix's query would not answer as the change wants it: its conditions leave entries out, or it looks elsewhere",
                            {"what it asks: " + quote(session_.file().query, 200)});
            }
            throw;
        }
    }
    result_.changed = true;
    return true;
}

// After a connection that broke. Where only one was to be erased, nobody had seen it yet.
bool SqlChange::was_carried_out()
{
    return session_.with_known_columns([&] {
        if (expected_.empty()) {
            return session_.ask(session_.table().select_scope(scope_)).rows() == 0;
        }
        return session_.table().is_as_expected(session_.ask(session_.table().select_keys(expected_)), expected_);
    });
}

void SqlChange::note_what_is_missed(const Plan& plan)
{
    if (const std::string missed = session_.table().columns_missed(plan.edits); !missed.empty()) {
        // A retirement that nobody remembers is one that does not come.
        auto& said = missed.find("retire_after") != std::string::npos ? result_.messages : result_.notes;
        said.push_back("the table has no columns for it, so this is not kept: " + missed);
    }
}

} // namespace relayctl
