// The commands of relayctl, one row each. The help, the suggestions for a mistyped command, the
// completions of the shells and the test of the manual take them from here.
#pragma once

#include "app/cli/context.hpp"

#include <functional>
#include <span>
#include <string_view>

namespace CLI {
class App;
}

namespace relayctl {

// What a command runs once its options are parsed. Gives the exit status of the program.
using RunCommand = std::function<ExitStatus()>;

// Declares the options and operands of a command, and gives what it runs. The context outlives
// what is given.
using DeclareCommand = RunCommand(CLI::App& command, Context& context);

enum class Effect {
    reads,
    changes, // tables, maps or a database: its errors say what was changed until then
};

struct Command {
    std::string_view name;
    std::string_view alias; // another name for it; empty if it has none
    std::string_view group; // one of help_group; hidden ones are in no help and no completion
    std::string_view summary; // one line of help
    Effect effect;
    DeclareCommand* declare;
};

// In the order of the help.
std::span<const Command> command_table();

} // namespace relayctl
