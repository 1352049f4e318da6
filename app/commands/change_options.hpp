// The options that all changing commands have in common.
#pragma once

#include "app/cli/cli11.hpp"
#include "core/operations/change.hpp"

namespace relayctl {

// As they are typed.
struct ChangeFlags {
    // Shows what would be done, and writes nothing.
    bool dry_run = false;
    // Leaves the map as it is, so that Postfix does not see the change yet.
    bool no_rebuild = false;
    // Runs "postfix reload" where the change is not effective without it.
    bool reload = false;
    // Goes on where others can write the directory of the table.
    bool insecure_directory = false;
    // Writes a file that is a mount point in place, since nothing can be renamed over it.
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
