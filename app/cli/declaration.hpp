// What a command's file says of it: its options and operands, what it runs with them, and the end
// of its help.
#pragma once

#include "app/cli/cli11.hpp"
#include "app/cli/command_table.hpp"
#include "core/base/time.hpp"

#include <memory>

namespace relayctl {

// A command with what was typed behind it. Both stay until the command has run.
template <typename Options> struct DeclaredCommand {
    CLI::App& command; // to which options are added, in the order of the help
    Options& options; // which the parser fills
};

// One command while it is declared.
class Declaration {
public:
    Declaration(CLI::App& command, Context& context)
        : command_(command)
        , context_(context)
    {
    }

    // action: what the command does with its options once they are parsed. footer: stands below
    // them in the help.
    template <typename Options>
    DeclaredCommand<Options> of(ExitStatus (*action)(const Options&, Context&), const char* footer)
    {
        const auto options = std::make_shared<Options>();
        set_end_of_help(footer);
        run_ = [options, action, &context = context_] { return action(*options, context); };
        return { command_, *options };
    }

    // From when on durations count that are typed as a time.
    Time now() const;

    // What of() was given. It may be run once the options are parsed.
    const RunCommand& run() const { return run_; }

private:
    void set_end_of_help(const char* text);

    CLI::App& command_;
    Context& context_;
    RunCommand run_;
};

} // namespace relayctl
