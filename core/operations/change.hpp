// One change to one table: planned, published, and made known to the services that run.
#pragma once

#include "core/base/error.hpp"
#include "core/operations/observer.hpp"
#include "core/operations/table_access.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace relayctl {

// What every command that changes tables is told besides what it changes.
struct ChangeOptions {
    bool dry_run = false; // plan and show, write nothing
    bool reload = false; // run "postfix reload" where the change needs it
    bool begins_table = false; // make the source where there is none, as add does
    PublishOptions publish;
};

// A planner that also says which entries it changes.
using ReportingPlanner = std::function<Plan(const Document&, ChangeReport&)>;

// What a whole operation gives: the outcome of each table, and what is to be thrown once that has
// been shown.
struct ChangeResult {
    std::vector<TableOutcome> outcomes; // never empty
    std::optional<Error> failure;

    // Returns true if any of the tables was changed, or in a dry run would be.
    bool has_changed() const;
};

// Publishes what the planner wants, or with dry_run shows it. scope: what the planner has to see.
// Where services ask other tables that are made of the same source, their maps are rebuilt, too.
// Errors: ErrorKind::input where a named table has no source, unless a new table may begin; those
// of require_writable(), Store::change() and the planner; ErrorKind::postfix where the reload
// fails.
TableOutcome change_table(const TableAccess& access, const TableName& table,
    const ChangeOptions& options, const Scope& scope, const ReportingPlanner& planner,
    Observer& observer);

// The same as a whole operation. An incomplete publication is its failure.
ChangeResult change_one_table(const TableAccess& access, const TableName& table,
    const ChangeOptions& options, const Scope& scope, const ReportingPlanner& planner,
    Observer& observer);

// Throws ErrorKind::input where a table that -t names has no source, unless a new one may begin.
void require_begun(const TableAccess& access, const TableName& table, const ChangeOptions& options);

// Throws ErrorKind::database where a standby did not get the change in time, ErrorKind::postfix
// where another map of the same source could not be rebuilt.
void require_complete(const TableName& table, const Publication& publication);

} // namespace relayctl
