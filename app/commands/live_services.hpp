// The live look of check and verify on the command line.
#pragma once

#include "app/cli/cli11.hpp"
#include "app/cli/context.hpp"
#include "core/inspect/live_facts.hpp"

#include <vector>

namespace relayctl {

// Declares --offline, which sets the flag. The flag must outlive the command.
void declare_offline(CLI::App& command, bool& is_offline);

// Says on standard error of which services the running smtpd was not seen, and why. Says nothing of
// those that nobody wanted to see.
void report_unseen_services(Context& context, const std::vector<LiveService>& services);

} // namespace relayctl
