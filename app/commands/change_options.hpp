// The options that all changing commands have in common.
#pragma once

#include "core/operations/change.hpp"

namespace CLI {
class App;
}

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

    ChangeOptions options() const;
};

void add_change_options(CLI::App& command, ChangeFlags& flags);

} // namespace relayctl
