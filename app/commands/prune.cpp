#include "core/operations/prune.hpp"

#include "app/cli/command_table.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/commands/show_change.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace relayctl {

namespace {

// What was typed behind "prune".
struct PruneOptions {
    bool expired = false;
    bool retired = false;
    std::optional<std::chrono::seconds> older_than;
    bool yes = false;
    bool allow_empty = false;
    ChangeFlags change;
};

// Removes the entries whose time is over. No answer, or a "no", leaves all of them.
ExitStatus run_prune(const PruneOptions& options, Context& context)
{
    require_any_changeable(context);
    const PruneRequest request{ options.expired, options.retired,
        options.older_than.value_or(std::chrono::seconds(0)), options.yes, options.allow_empty,
        context.now(), options.change.options() };
    ChangeView view(context, options.change);
    const auto result = prune(
        table_access(context), request,
        [&](const TableName& table) { context.require_annotations(table); }, view);
    if (!result) {
        report_done(context, "nothing was changed");
        return ExitStatus::no;
    }
    view.show(*result);
    return ExitStatus::ok;
}

constexpr const char* prune_footer
    = R"(Without --expired and --retired both. Expiry and retirement are known of entries
that relayctl added, annotated or rotated. Keys do not expire.

Examples:
  relayctl prune --dry-run
  relayctl prune --yes --quiet                 # every day
  relayctl prune --expired --older-than 30d

Exit status:
  0 removed, or nothing was to be removed    1 it would empty the table, or the
  answer was no    2 usage, or nobody to ask    3 bad table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)";

} // namespace

RunCommand declare_prune(CLI::App& command, Context& context)
{
    auto options = std::make_shared<PruneOptions>();
    command.add_flag("--expired", options->expired, "entries whose certificate has expired");
    command.add_flag("--retired", options->retired, "entries whose grace after a rotate is over");
    add_duration(command, "--older-than", options->older_than, "only where that is so long ago");
    command.add_flag("-y,--yes", options->yes, "do not ask");
    command.add_flag("--allow-empty", options->allow_empty, "go on where no entry would be left");
    add_change_options(command, options->change);
    command.footer(prune_footer);
    return [options, &context] { return run_prune(*options, context); };
}

} // namespace relayctl
