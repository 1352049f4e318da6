#include "core/operations/rebuild.hpp"

#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/commands/show_change.hpp"

namespace relayctl {

namespace {

// Makes the map of each table anew from its source.
ExitStatus run_rebuild(const ChangeOptions& options, Context& context)
{
    require_any_changeable(context);
    ChangeView view(context, options);
    view.show(rebuild_maps(table_access(context), options, view));
    return ExitStatus::ok;
}

} // namespace

void declare_rebuild(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_rebuild,
        R"(Builds the map beside the old one and puts it in its place in one step; clears
what an interrupted change has left.

Examples:
  relayctl rebuild
  relayctl rebuild -t lmdb:/etc/postfix/relay_clients --json

Exit status:
  0 the map is that of the source    2 usage    3 bad table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)");
    add_change_options(command, options);
    remove_option(command, "--no-rebuild");
    remove_option(command, "--wait-replicas");
}

} // namespace relayctl
