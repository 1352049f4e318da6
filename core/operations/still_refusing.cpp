#include "core/operations/still_refusing.hpp"

#include "core/audit/unused_tables.hpp"
#include "core/base/text.hpp"
#include "core/inspect/ask_services.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// The services that are meant to relay by certificates; all of them where none is.
std::vector<ServiceFacts> meant_services(Postfix& postfix, const std::string& service)
{
    ServiceQuery query;
    query.service = service;
    query.reads_sources = false;
    auto services = ask_services(postfix, query);
    // A port for mail from outside refuses these clients, and is right.
    if (std::any_of(services.begin(), services.end(), means_certificates)) {
        std::erase_if(services, [](const ServiceFacts& f) { return !means_certificates(f); });
    }
    return services;
}

// Appends the command unless it is empty or there already: several services may need the same.
void add_once(std::vector<std::string>& commands, const std::string& command)
{
    if (!command.empty()
        && std::find(commands.begin(), commands.end(), command) == commands.end()) {
        commands.push_back(command);
    }
}

} // namespace

StillRefusing ask_whether_still_refusing(Postfix& postfix, const std::vector<TableName>& tables,
    const std::string& service, Time now, const Repair& repair)
{
    StillRefusing result;
    for (const ServiceFacts& facts : meant_services(postfix, service)) {
        if (std::none_of(tables.begin(), tables.end(),
                [&](const TableName& table) { return asks_table(facts, table); })) {
            continue;
        }
        const Verdict verdict = judge_listed_client(facts, now, repair);
        // The first error is shown; the verdict has all of them.
        const auto why = std::find_if(verdict.reasons.begin(), verdict.reasons.end(),
            [](const Finding& f) { return f.severity == Severity::error; });
        if (!verdict.would_relay.value_or(true) && why != verdict.reasons.end()) {
            result.refusals.push_back("service " + escape(facts.service.name)
                + " will still refuse it: " + why->message + " [" + why->id + "]");
            add_once(result.commands, verdict.repair);
        }
    }
    return result;
}

std::vector<std::string> commands_to_use(
    Postfix& postfix, const TableName& table, Time now, const Repair& repair)
{
    auto services = meant_services(postfix, "");
    // Without an smtpd in master.cf the parameters of main.cf are what a service would have.
    if (services.empty()) {
        ServiceFacts main;
        main.service.parameters = postfix.effective(judged_parameters(), {});
        main.digest = Digest::find(main.parameter("smtpd_tls_fingerprint_digest"));
        services.push_back(std::move(main));
    }
    std::vector<std::string> commands;
    for (const ServiceFacts& facts : services) {
        if (facts.parameter("relay_clientcerts")
            == services.front().parameter("relay_clientcerts")) {
            add_once(commands,
                judge_listed_client(facts, now, repair, settings_to_ask(facts, table)).repair);
        }
    }
    return commands;
}

} // namespace relayctl
