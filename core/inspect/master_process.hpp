// The master(8) of one Postfix instance, and the processes that it has started.
#pragma once

#include <sys/types.h>

#include <optional>
#include <set>
#include <string>

namespace relayctl {

// The process that has opened the ports of an instance.
struct MasterProcess {
    pid_t pid = 0;
    // Why its services cannot be connected to from here; empty if they can.
    std::string problem;
};

// Finds the master whose lock file is queue_directory/pid/master.pid, once Postfix::is_running()
// has said that it runs.
MasterProcess find_master(const std::string& queue_directory);

// Returns the services of which the master has a process at this moment, as postconf names them:
// "smtp/inet". Has no value if /proc does not show it. Fact: get_master_ent() in master_ent.c gives
// each process the arguments "-n NAME -t TYPE".
std::optional<std::set<std::string>> services_with_process(pid_t master);

} // namespace relayctl
