#include "core/operations/change.hpp"

#include "core/base/file.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/operations/reload.hpp"
#include "core/postfix/source_file.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Does a dry run: nothing is locked and nothing is written.
void plan_only(const TableAccess& access, const Scope& scope, const ReportingPlanner& planner,
    TableOutcome& outcome, Observer& observer)
{
    const Document document = access.store(outcome.table).read_scope(scope);
    const Plan plan = planner(document, outcome.report);
    outcome.publication.changed = !plan.edits.empty();
    if (outcome.table.is_database()) {
        outcome.publication.map = MapState::none;
    }
    observer.would_change(outcome, document, plan.edits);
}

// Services may ask other tables that are made of the same source, like lmdb:F beside hash:F. Their
// maps would go on saying what the source said before.
void rebuild_sibling_maps(const TableAccess& access, const ChangeOptions& options,
    TableOutcome& outcome, Observer& observer)
{
    const TableName& table = outcome.table;
    if (!table.has_source() || !outcome.publication.changed) {
        return;
    }
    PublishOptions rebuild = options.publish;
    // The source has changed already, so the plan for the other table has no edits.
    rebuild.force_rebuild = true;
    for (const AskedTable& other : tables_of_postfix(access)) {
        if (!has_same_source(other.table, table) || is_same_table(other.table, table)) {
            continue;
        }
        try {
            Publication made
                = access.store(other.table)
                      .change(
                          Scope::all(), [](const Document&) { return Plan{}; }, rebuild);
            // texthash tables have no map: smtpd has read the source when it started.
            made.reload_needed = made.reload_needed || other.table.traits().is_read_once;
            observer.published(other.table, made, !outcome.report.removed.empty());
            reload_if_needed(access, other.table, options, made, observer);
            outcome.publication.reload_needed
                = outcome.publication.reload_needed || made.reload_needed;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            outcome.publication.not_published = escape(other.table.to_string())
                + " is made of the same source, and its map could not be rebuilt: " + error.what();
        }
    }
}

} // namespace

bool ChangeResult::has_changed() const
{
    return std::any_of(outcomes.begin(), outcomes.end(),
        [](const TableOutcome& outcome) { return outcome.publication.changed; });
}

TableOutcome change_table(const TableAccess& access, const TableName& table,
    const ChangeOptions& options, const Scope& scope, const ReportingPlanner& planner,
    Observer& observer)
{
    TableOutcome outcome{ table, {}, {}, {} };
    require_writable(table);
    require_begun(access, table, options);
    if (options.dry_run) {
        plan_only(access, scope, planner, outcome, observer);
        return outcome;
    }
    // The planner may be called several times, and only the last report is true.
    const auto plan = [&](const Document& document) {
        outcome.report = {};
        return planner(document, outcome.report);
    };
    Store& store = access.store(table);
    std::optional<InterruptGuard> guard; // until the observer knows what was done
    if (table.is_database()) {
        guard.emplace();
    }
    Publication& publication = outcome.publication;
    observer.during("changing " + escape(table.to_string()), 0,
        [&](const auto&) { publication = store.change(scope, plan, options.publish); });
    // From here on a failure comes too late to undo anything, so what was done is told first.
    observer.changed(outcome);
    // With --no-rebuild the map is the old one for everybody.
    if (publication.changed && publication.map != MapState::skipped && !publication.reload_needed) {
        publication.reload_needed = is_stale_behind_proxy(access, table);
    }
    observer.published(table, publication, !outcome.report.removed.empty());
    reload_if_needed(access, table, options, publication, observer);
    rebuild_sibling_maps(access, options, outcome, observer);
    return outcome;
}

ChangeResult change_one_table(const TableAccess& access, const TableName& table,
    const ChangeOptions& options, const Scope& scope, const ReportingPlanner& planner,
    Observer& observer)
{
    ChangeResult result;
    result.outcomes.push_back(change_table(access, table, options, scope, planner, observer));
    try {
        require_complete(table, result.outcomes.front().publication);
    } catch (const Error& error) {
        result.failure = error;
    }
    return result;
}

// Not even a lock file is left beside a name that is misspelt.
void require_begun(const TableAccess& access, const TableName& table, const ChangeOptions& options)
{
    if (access.is_named && !options.begins_table && table.has_source() && !lstat_of(table.path)) {
        require_source_name(table, table.path); // relay_clients.db is known by its name
        throw Error(ErrorKind::input, escape(table.path) + ": no such file",
            { Hint("make it with its first client: ", { "relayctl", "add", "CERT", "HOST" },
                table.to_string()) });
    }
}

void require_complete(const TableName& table, const Publication& publication)
{
    // A map that still has the old entries counts more than a standby that is late.
    if (!publication.not_published.empty()) {
        throw Error(ErrorKind::postfix,
            escape(table.to_string()) + ": " + publication.not_published,
            { "mend it, then: relayctl rebuild" })
            .with_state("the source is changed");
    }
    if (!publication.not_replicated.empty()) {
        throw Error(
            ErrorKind::database, escape(table.to_string()) + ": " + publication.not_replicated)
            .with_state(publication.changed ? "the primary has the change" : "nothing was changed");
    }
}

} // namespace relayctl
