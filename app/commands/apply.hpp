// What the commands apply and diff have in common.
#pragma once

#include "app/commands/show_change.hpp"
#include "core/operations/apply.hpp"

#include <optional>
#include <string>

namespace relayctl {

struct ApplyFlags {
    std::string directory;
    bool prune = false;
    bool yes = false;
    bool allow_empty = false;
    bool labels = false;
    bool keep_digests = false;
    ClientOptions client;
    ChangeFlags change;
};

// Declares the options of both commands.
void add_apply_options(CLI::App& command, ApplyFlags& flags);

// Makes the table what the directory says, and shows that. No value where somebody was asked and
// said no.
std::optional<ChangeResult> apply_and_show(const ApplyFlags& flags, Context& context);

} // namespace relayctl
