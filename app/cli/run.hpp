// The whole program but for what main() takes from the process.
#pragma once

#include "app/cli/context.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace relayctl {

// Parses the arguments, runs the command and reports its errors. arguments: without the name of the
// program. Returns the exit status (0 to 6). If a signal interrupted the command, it ends the
// process.
int run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err,
    Environment environment);

} // namespace relayctl
