#include "app/every_table.hpp"

#include "app/cli/report.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

void require_any_changeable(Context& context)
{
    const auto& tables = context.tables();
    if (tables.size() == 1
        || std::none_of(tables.begin(), tables.end(),
            [](const AskedTable& asked) { return is_changeable(asked.table); })) {
        require_writable(context.table());
    }
}

bool TableReading::attempt(const TableName& table, const std::function<void()>& work)
{
    try {
        work();
        return true;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted || context_.tables().size() == 1) {
            throw;
        }
        failures_.push_back({ table, error.kind(), error.what() });
        report_warning(
            context_, escape(table.to_string()) + ": could not be read: " + error.what());
        return false;
    }
}

void TableReading::throw_first() const
{
    std::vector<std::string> names;
    std::transform(failures_.begin(), failures_.end(), std::back_inserter(names),
        [](const Failure& failure) { return escape(failure.table.to_string()); });
    if (!names.empty()) {
        throw Error(failures_.front().kind, "not every table could be read: " + join(names, ", "));
    }
}

namespace {

std::string join_states(const std::string& own, const std::string& of_all)
{
    return own.empty() ? of_all : own + "; " + of_all;
}

} // namespace

EveryTable::EveryTable(Context& context, const ChangeOptions& options, const Scope& scope)
    : context_(context)
    , options_(options)
    , scope_(scope)
{
    for (const AskedTable& asked : context.tables()) {
        members_.push_back({ { asked.table, {}, {}, {} }, std::nullopt, std::nullopt, {} });
        members_.back().outcome.publication.map
            = asked.table.has_map() ? MapState::unchanged : MapState::none;
    }
}

void EveryTable::attempt(Member& member, const std::function<void()>& work)
{
    try {
        work();
    } catch (Error& error) {
        if (members_.size() == 1) {
            throw;
        }
        if (error.kind() == ErrorKind::interrupted) {
            throw error.with_state(join_states(error.state(), state_of_all()));
        }
        member.failure = member.failure ? member.failure : error.kind();
        member.state = error.state();
        member.outcome.error = error.what() + (error.state().empty() ? "" : ", " + error.state());
        const bool is_plain = error.state().empty() && !member.outcome.publication.changed;
        report_warning(context_,
            escape(member.outcome.table.to_string())
                + (is_plain ? ": could not be changed: " : ": ") + member.outcome.error);
    }
}

void EveryTable::look(const std::function<void(const TableName&)>& require)
{
    for (Member& member : members_) {
        const TableName& table = member.outcome.table;
        if (!is_changeable(table) && members_.size() > 1) {
            continue;
        }
        attempt(member, [&] {
            if (require) {
                require(table);
            }
            member.document.emplace(context_.store(table).read_scope(scope_));
        });
    }
}

void EveryTable::require_plannable(const ReportingPlanner& planner) const
{
    for (const Member& member : members_) {
        if (member.document) {
            ChangeReport unused;
            planner(*member.document, unused);
        }
    }
}

bool EveryTable::any_failed() const
{
    return std::any_of(members_.begin(), members_.end(),
        [](const Member& member) { return member.failure.has_value(); });
}

void EveryTable::change(Member& member, const ReportingPlanner& planner)
{
    const InterruptGuard guard; // the tables that are changed already have to be named
    attempt(member, [&] {
        const TableName table = member.outcome.table;
        member.outcome
            = change_table(context_, table, context_.store(table), options_, scope_, planner);
        require_complete(table, member.outcome.publication);
    });
}

bool EveryTable::finish(const std::string& what, std::vector<std::string> hints,
    const std::vector<const CertificateFile*>* named)
{
    std::vector<TableOutcome> outcomes;
    std::transform(members_.begin(), members_.end(), std::back_inserter(outcomes),
        [](const Member& member) { return member.outcome; });
    const auto verdict = write_outcomes(context_, outcomes, options_, named);
    hint_at_configuration(context_, options_);
    throw_what_failed(what, std::move(hints));
    require_revoked(context_, verdict);
    return std::any_of(outcomes.begin(), outcomes.end(),
        [](const TableOutcome& outcome) { return outcome.publication.changed; });
}

void EveryTable::throw_what_failed(const std::string& what, std::vector<std::string> hints) const
{
    std::vector<std::string> names;
    std::optional<ErrorKind> kind;
    for (const Member& member : members_) {
        if (member.failure) {
            names.push_back(escape(member.outcome.table.to_string()));
            kind = kind ? kind : member.failure;
        }
    }
    if (kind) {
        Error error(*kind, what + ": " + join(names, ", "), std::move(hints));
        throw error.with_state(state_of_all());
    }
}

std::string EveryTable::state_of_all() const
{
    std::vector<std::string> changed;
    std::vector<std::string> states;
    for (const Member& member : members_) {
        const Publication& publication = member.outcome.publication;
        const bool made
            = publication.map == MapState::rebuilt || publication.map == MapState::updated;
        if ((publication.changed || made) && !options_.dry_run) {
            changed.push_back(escape(member.outcome.table.to_string()));
        } else if (!member.state.empty()) {
            states.push_back(member.state);
        }
    }
    if (!changed.empty()) {
        states.push_back("changed: " + join(changed, ", "));
    }
    return states.empty() ? "nothing was changed" : join(states, "; ");
}

} // namespace relayctl
