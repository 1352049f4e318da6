// The commands of relayctl, one row each. The help, the suggestions for a mistyped command, the
// completions of the shells and the tests of all commands take them from here.
#pragma once

#include "app/cli/context.hpp"

#include <functional>
#include <span>
#include <string_view>

namespace relayctl {

// What a command runs once its options are parsed. Gives the exit status of the program.
using RunCommand = std::function<ExitStatus()>;

// Declares the options and operands of a command, and what it runs (app/cli/declaration.hpp).
class Declaration;
using DeclareCommand = void(Declaration& declaration);

// Whether a command changes anything, for its error messages and for completions.
enum class Effect {
    reads,
    changes, // tables, maps or a database: its errors say what was changed until then
};

// Whether there must be a Postfix on this machine. Where a table's map is made or asked, postmap
// is needed in any case.
enum class NeedsPostfix {
    never,
    without_t, // to find the tables; -t names one
    always,
};

// One row of the table of commands.
struct Command {
    std::string_view name;
    std::string_view alias; // another name for it; empty if it has none
    std::string_view group; // one of help_group; hidden ones are in no help and no completion
    Effect effect;
    NeedsPostfix needs_postfix;
    DeclareCommand* declare;
    std::string_view summary; // one line of help
};

// Returns the commands in the order of the help.
std::span<const Command> command_table();

} // namespace relayctl
