// Asks before something is done that cannot be taken back.
#pragma once

#include "app/cli/context.hpp"

#include <string>

namespace relayctl {

// Returns true if `yes` is, or if somebody at the terminal agrees. question: "remove 3 entries".
// Errors: ErrorKind::usage with a hint at --yes if nobody can be asked.
bool confirmed(Context& context, bool yes, const std::string& question);

} // namespace relayctl
