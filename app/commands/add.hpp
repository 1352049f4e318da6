// What another command lists: one client that somebody chose there.
#pragma once

#include "app/cli/context.hpp"

#include <string>

namespace relayctl {

// Does what "relayctl add --fingerprint FINGERPRINT HOST" does. Errors: those of that command.
void add_by_fingerprint(Context& context, const std::string& fingerprint, const std::string& host);

} // namespace relayctl
