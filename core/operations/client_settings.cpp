#include "core/operations/client_settings.hpp"

namespace relayctl {

const std::vector<std::string>& mail_programs()
{
    static const std::vector<std::string> programs = { "postfix", "msmtp", "nullmailer", "dma",
        "exim", "opensmtpd", "sendmail", "thunderbird", "swaks", "python" };
    return programs;
}

std::string client_settings(const ClientSettings& settings, const std::string& program)
{
    return "# " + program + "\n# " + settings.server + ':' + std::to_string(settings.port) + '\n';
}

} // namespace relayctl
