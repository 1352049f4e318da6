#include "core/audit/switch_over.hpp"

#include "core/base/text.hpp"

namespace relayctl {

std::string command_to_switch(const std::vector<Service>& services,
    const std::vector<std::string>& main_tables, const TableName& from, const TableName& to,
    const Repair& repair)
{
    std::vector<ServiceSettings> settings;
    const auto take = [&](ServiceFacts facts, std::vector<Setting> wanted) {
        if (!wanted.empty()) {
            settings.push_back({ std::move(facts), std::move(wanted) });
        }
    };
    // A Service has the parameters and overrides that a setting depends on, so its facts need
    // nothing else.
    for (const Service& service : services) {
        ServiceFacts facts;
        facts.service = service;
        take(facts, settings_to_switch(facts, from, to));
    }
    if (settings.empty()) { // no smtpd yet, or none that asks `from`
        ServiceFacts main;
        main.service.parameters["relay_clientcerts"] = join(main_tables, ", ");
        take(main,
            main_tables.empty() ? settings_to_ask(main, to) : settings_to_switch(main, from, to));
    }
    return repair.set(settings);
}

} // namespace relayctl
