// The question before something that cannot be taken back.
#pragma once

#include "app/cli/context.hpp"

#include <string>

namespace relayctl {

// True where `yes` was given or somebody at the terminal says so. Where nobody can be asked:
// ErrorKind::usage with a hint at --yes. question: "remove 3 entries".
bool confirmed(Context& context, bool yes, const std::string& question);

} // namespace relayctl
