// The options that all changing commands have in common.
#pragma once

#include "app/cli/cli11.hpp"
#include "core/operations/change.hpp"

namespace relayctl {

// As they are typed.
struct ChangeFlags {
    bool dry_run = false;
    bool no_rebuild = false;
    bool reload = false;
    bool insecure_directory = false;
    bool in_place = false;
    double lock_timeout = 10; // seconds
    int wait_replicas = 0; // seconds; 0 = do not wait

    // Returns the options in the form that operations take.
    ChangeOptions options() const;
};

// Declares them, behind those of the command: what is declared later is in the same group of its
// help.
void add_change_options(CLI::App& command, ChangeFlags& flags);

} // namespace relayctl
