#include "app/commands/live_services.hpp"

#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "core/audit/live_audit.hpp"

namespace relayctl {

void declare_offline(CLI::App& command, bool& is_offline)
{
    add_flag(command, "--offline", is_offline,
        "judge the configuration alone: connect to no running service");
}

void report_unseen_services(Context& context, const std::vector<LiveService>& services)
{
    for (const std::string& sentence : unseen_services(services)) {
        report_note(context, sentence);
    }
}

} // namespace relayctl
