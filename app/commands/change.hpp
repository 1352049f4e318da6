// What all changing commands have in common: options, dry run, publishing, the report, the reload.
#pragma once

#include "app/context.hpp"
#include "app/change_report.hpp"
#include "core/publish/publish.hpp"

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
    double lock_timeout = 10; // seconds
};

// Sets what `command` runs. Until something is published, its failures say that nothing was changed.
void set_changing_command(CLI::App& command, Context& context, std::function<ExitStatus()> run);

// Declares the options above but force_rebuild, which is the command rebuild itself.
void add_change_options(CLI::App& command, ChangeOptions& options);

using ReportingPlanner = std::function<Plan(const Document&, ChangeReport&)>;

// Publishes what the planner wants, or with --dry-run prints it as a unified diff, and reports it in the form asked for.
// Returns whether there was, or with --dry-run is, something to change.
bool carry_out(Context& context, const ChangeOptions& options, const ReportingPlanner& planner);

// What still keeps a client that is listed by now from relaying, as warnings. What was published stands, whatever is found.
void warn_of_refusals(Context& context, const ChangeOptions& options);

} // namespace relayctl
