// What all changing commands have in common: options, dry run, publishing, the report, the reload.
#pragma once

#include "app/change_report.hpp"
#include "app/cli/context.hpp"
#include "app/still_relaying.hpp"
#include "core/store/store.hpp"

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace relayctl {

struct ChangeOptions {
    bool dry_run = false;
    bool no_rebuild = false;
    bool force_rebuild = false;
    bool reload = false;
    bool insecure_directory = false;
    bool in_place = false;
    double lock_timeout = 10; // seconds
    int wait_replicas = 0; // seconds; 0 = do not wait
};

// Declares the options above but force_rebuild, which is the command rebuild itself.
void add_change_options(CLI::App& command, ChangeOptions& options);

using ReportingPlanner = std::function<Plan(const Document&, ChangeReport&)>;

// Where standbys were to be waited for in vain, or another map of the same source could not be
// rebuilt: ErrorKind::postfix. What is changed is said by then.
void require_complete(const TableName& table, const Publication& publication);

// Publishes what the planner wants, or with --dry-run prints it as a unified diff, and says so on
// standard error. scope: what the planner has to see. Where services ask other tables that are made
// of the same source, their maps are rebuilt, too.
TableOutcome change_table(Context& context, const TableName& table, Store& store,
    const ChangeOptions& options, const Scope& scope, const ReportingPlanner& planner);

// The result for programs, in the form asked for; of several tables the first counts where there is
// room for one. Where clients were revoked the services are asked first whether they still relay,
// and those that do are named. named: where somebody named the clients, those of them that are
// certificates. Gives what the services said, for require_revoked().
std::optional<RevocationVerdict> write_outcomes(Context& context,
    const std::vector<TableOutcome>& outcomes, const ChangeOptions& options,
    const std::vector<const CertificateFile*>* named = nullptr);

// Where Postfix does not know the one table yet: how it is told.
void hint_at_configuration(Context& context, const ChangeOptions& options);

// All of that, for the table of the context. Returns whether there was, or with --dry-run is,
// something to change.
bool carry_out(Context& context, const ChangeOptions& options, const Scope& scope,
    const ReportingPlanner& planner);

PublishOptions publish_options_of(const ChangeOptions& options);

// What of a publication concerns nobody's entries: the map, notes, a reload that is needed and, if
// asked for, done.
void report_publication(Context& context, const TableName& table, const ChangeOptions& options,
    bool has_removed, Publication& publication);

} // namespace relayctl
