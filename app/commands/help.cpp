#include "app/cli/help.hpp"

#include "app/cli/arguments.hpp"
#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"

#include <CLI/CLI.hpp>

#include <ostream>

namespace relayctl {

namespace {

// What was typed behind "help".
struct HelpOptions {
    CLI::App* program = nullptr;
    std::string command;
};

// Shows the page of a command, or that of the program.
ExitStatus run_help(const HelpOptions& options, Context& context)
{
    const CLI::App* shown = options.program;
    if (!options.command.empty()) {
        shown = find_command(*options.program, options.command);
    }
    if (shown == nullptr) {
        throw unknown_command(*options.program, options.command, "relayctl help ");
    }
    context.out() << help_of(*shown);
    return ExitStatus::ok;
}

} // namespace

void declare_help(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_help,
        R"(Without COMMAND it is the help of the program. The manual, relayctl(8), says
more.

Examples:
  relayctl help add
  relayctl help

Exit status:
  0 done    2 usage)");
    options.program = command.get_parent();
    add_optional_operand(
        command, "COMMAND", options.command, "a command of relayctl", ValueKind::command);
}

} // namespace relayctl
