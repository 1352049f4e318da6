#include "app/cli/command_table.hpp"
#include "app/commands/apply.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace relayctl {

namespace {

ExitStatus run_diff(const ApplyFlags& flags, Context& context)
{
    const auto result = apply_and_show(flags, context);
    return result && result->has_changed() ? ExitStatus::no : ExitStatus::ok;
}

constexpr const char* diff_footer
    = R"(What apply would do, as apply --dry-run shows it; nothing is written.

Examples:
  relayctl diff /srv/relay-clients
  relayctl diff --prune --json /srv/relay-clients | jq -r '.removed[].host'

Exit status:
  0 no difference    1 differences    2 usage    3 bad certificate, file name or
  table    4 Postfix failed    5 permission denied    6 disk or system error)";

} // namespace

RunCommand declare_diff(CLI::App& command, Context& context)
{
    auto flags = std::make_shared<ApplyFlags>();
    flags->change.dry_run = true;
    flags->allow_empty = true;
    add_apply_options(command, *flags);
    command.footer(diff_footer);
    return [flags, &context] { return run_diff(*flags, context); };
}

} // namespace relayctl
