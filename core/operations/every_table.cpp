#include "core/operations/every_table.hpp"

#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/postfix/choose_table.hpp"

#include <algorithm>

namespace relayctl {

EveryTable::EveryTable(
    const TableAccess& access, const ChangeOptions& options, const Scope& scope, Observer& observer)
    : access_(access)
    , options_(options)
    , scope_(scope)
    , observer_(observer)
{
    for (const AskedTable& asked : access.tables) {
        Member& member = members_.emplace_back();
        member.outcome.table = asked.table;
        member.outcome.publication.map
            = asked.table.has_map() ? MapState::unchanged : MapState::none;
    }
}

void EveryTable::attempt(Member& member, const std::function<void()>& work)
{
    try {
        work();
    } catch (Error& error) {
        if (is_single()) {
            throw;
        }
        if (error.kind() == ErrorKind::interrupted) {
            // An interruption ends all of it, so this is the only place left to say what was done.
            throw error.with_state(state_of_all());
        }
        const std::string own = error.state();
        // The first failure of a table is the one that explains the others.
        member.failure = member.failure ? member.failure : error.kind();
        member.state = own;
        member.outcome.error = error.what() + (own.empty() ? "" : ", " + own);
        observer_.failed(member.outcome, own.empty() && !member.outcome.publication.changed);
    }
}

void EveryTable::read(const std::function<void(const TableName&)>& require)
{
    for (Member& member : members_) {
        const TableName& table = member.outcome.table;
        // Such a table is left to those who change it; alone, it is the error of the command.
        if (!is_changeable(table) && !is_single()) {
            continue;
        }
        attempt(member, [&] {
            if (require) {
                require(table);
            }
            require_begun(access_, table, options_);
            member.document.emplace(access_.store(table).read_scope(scope_));
        });
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
        member.outcome = change_table(access_, table, options_, scope_, planner, observer_);
        require_complete(table, member.outcome.publication);
    });
}

ChangeResult EveryTable::result(const std::string& what, std::vector<Hint> hints) const
{
    ChangeResult result;
    std::vector<std::string> names;
    std::optional<ErrorKind> kind;
    for (const Member& member : members_) {
        result.outcomes.push_back(member.outcome);
        if (member.failure) {
            names.push_back(escape(member.outcome.table.to_string()));
            kind = kind ? kind : member.failure;
        }
    }
    if (kind) {
        result.failure.emplace(*kind, what + ": " + join(names, ", "), std::move(hints));
        result.failure->with_state(state_of_all());
    }
    return result;
}

std::string EveryTable::state_of_all() const
{
    std::vector<std::string> changed;
    std::vector<std::string> states;
    for (const Member& member : members_) {
        const Publication& publication = member.outcome.publication;
        // A map may be built although its source stays the same.
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
