// The program as a function, so that a test can call it.
#pragma once

#include "app/cli/context.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace relayctl {

// arguments: without the program's name. Returns the exit status (0 to 6); ends the process by its
// signal only where one interrupted it.
int run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err,
    Environment environment);

} // namespace relayctl
