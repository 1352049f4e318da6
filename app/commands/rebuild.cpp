#include "core/operations/rebuild.hpp"

#include "app/cli/command_table.hpp"
#include "app/commands/show_change.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace relayctl {

namespace {

// Makes the map of each table anew from its source.
ExitStatus run_rebuild(const ChangeFlags& flags, Context& context)
{
    require_any_changeable(context);
    ChangeView view(context, flags);
    view.show(rebuild_maps(table_access(context), flags.options(), view));
    return ExitStatus::ok;
}

constexpr const char* rebuild_footer
    = R"(Builds the map beside the old one and puts it in its place in one step; clears
what an interrupted change has left.

Examples:
  relayctl rebuild
  relayctl rebuild -t lmdb:/etc/postfix/relay_clients --json

Exit status:
  0 the map is that of the source    2 usage    3 bad table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)";

} // namespace

RunCommand declare_rebuild(CLI::App& command, Context& context)
{
    auto flags = std::make_shared<ChangeFlags>();
    add_change_options(command, *flags);
    command.remove_option(command.get_option("--no-rebuild"));
    command.remove_option(command.get_option("--wait-replicas"));
    command.footer(rebuild_footer);
    return [flags, &context] { return run_rebuild(*flags, context); };
}

} // namespace relayctl
