#include "core/audit/fingerprint_logging.hpp"

#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

constexpr const char* level = "smtpd_tls_loglevel";

std::vector<std::string> levels_of(const ServiceFacts& facts)
{
    return split_list(to_lower(facts.parameter(level)));
}

// Returns whether the service logs nothing about its sessions of TLS.
bool logs_no_sessions(const ServiceFacts& facts)
{
    const auto words = levels_of(facts);
    return words.empty() || words == std::vector<std::string>{ "0" }
    || words == std::vector<std::string>{ "none" };
}

// Returns the log level with what is missing. "peercert" is a word of it from Postfix 2.9 to 3.12
// (tls_log_table in tls/tls_misc.c), and "1" adds the line that sums a session up.
std::string wanted_level(const ServiceFacts& facts)
{
    return logs_no_sessions(facts) ? "1,peercert" : join(levels_of(facts), ",") + ",peercert";
}

} // namespace

const std::vector<std::string>& logging_parameters()
{
    static const std::vector<std::string> names = { level, "relay_clientcerts" };
    return names;
}

bool logs_fingerprints(const ServiceFacts& facts)
{
    const auto words = levels_of(facts);
    const bool by_level = std::any_of(words.begin(), words.end(), [](const std::string& word) {
        return word == "2" || word == "3" || word == "4" || word == "verbose" || word == "peercert";
    });
    const auto tables = split_list(facts.parameter("relay_clientcerts"));
    return by_level
        || (!tables.empty() && std::all_of(tables.begin(), tables.end(), [](const auto& table) {
               return table.starts_with("debug:");
           }));
}

std::string command_to_log_fingerprints(
    const std::vector<ServiceFacts>& services, const Repair& repair)
{
    std::vector<ServiceSettings> settings;
    for (const ServiceFacts& facts : services) {
        if (!logs_fingerprints(facts)) {
            settings.push_back({ facts, { Setting{ level, wanted_level(facts) } } });
        }
    }
    return repair.set(settings);
}

// Observed on Postfix 3.7.11 and 3.11.6: a session with a certificate has five lines then.
std::string cost_of_logging(const std::vector<ServiceFacts>& services)
{
    return std::any_of(services.begin(), services.end(), logs_no_sessions)
        ? "that is one line more in the log for each session with TLS, and another one for each "
          "certificate"
        : "that is one line more in the log for each session with a certificate";
}

} // namespace relayctl
