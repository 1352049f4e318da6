// Runs a program that has the user's terminal, such as his editor, and waits for it.
#pragma once

#include "core/base/account.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

struct ForegroundProgram {
    std::vector<std::string> argv; // argv[0] is a path
    std::vector<std::string> environment; // NAME=VALUE
    std::optional<Account> user; // to run it as; none: as this process
};

// Returns the status as waitpid(2) gives it; that of a program that cannot be run is that of exit
// status 127, after a message on standard error. The program has the descriptors 0 to 2 of this
// process. Meanwhile SIGINT and SIGQUIT, which a terminal sends to both, are its business alone;
// SIGTERM and SIGHUP that an InterruptGuard has noted are passed on. Errors: throw_errno();
// ErrorKind::interrupted after such a signal.
int run_in_foreground(const ForegroundProgram& program);

} // namespace relayctl
