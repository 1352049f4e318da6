#include "app/switch_over.hpp"

#include "core/audit/commands.hpp"
#include "core/base/text.hpp"
#include "core/postfix/services.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// The list with `to` in the place of `from`; behind it where `from` is not there.
std::string switched(std::vector<std::string> tables, const TableName& from, const TableName& to)
{
    const auto names = [](const TableName& table) { return std::vector{table.to_string(), "proxy:" + table.behind_proxy().to_string(), table.behind_proxy().to_string()}; };
    const auto of = [](const std::vector<std::string>& some) { return [&some](const std::string& name) { return std::find(some.begin(), some.end(), name) != some.end(); }; };
    const auto old_names = names(from);
    if (std::find(tables.begin(), tables.end(), to.to_string()) != tables.end()) {
        std::erase_if(tables, of(old_names));
        return join(tables, ", ");
    }
    const auto found = std::find_if(tables.begin(), tables.end(), of(old_names));
    if (found != tables.end()) {
        *found = to.to_string();
    } else {
        tables.push_back(to.to_string());
    }
    return join(tables, ", ");
}

} // namespace

std::vector<std::string> commands_to_switch(Context& context, const TableName& from, const TableName& to)
{
    std::vector<std::string> commands;
    if (!context.postfix().is_configured()) {
        return commands;
    }
    const Commands words(context.options.config_directory);
    std::vector<Service> services;
    try {
        services = effective_services(context.postfix(), {"relay_clientcerts", "proxy_read_maps"});
    } catch (const Error&) { // what was copied stands
        return commands;
    }
    const auto add = [&](const ServiceFacts& facts, const std::string& name, const std::string& value) {
        const std::string command = words.set(facts, name, value);
        if (std::find(commands.begin(), commands.end(), command) == commands.end()) {
            commands.push_back(command);
        }
    };
    for (Service& service : services) {
        ServiceFacts facts;
        facts.service = std::move(service);
        const auto tables = split_list(facts.parameter("relay_clientcerts"));
        const std::string wanted = switched(tables, from, to);
        if (wanted == join(tables, ", ")) {
            continue;
        }
        const auto allowed = split_list(facts.parameter("proxy_read_maps"));
        if (to.type == "proxy" && std::find(allowed.begin(), allowed.end(), to.to_string()) == allowed.end()) {
            add(facts, "proxy_read_maps", facts.parameter("proxy_read_maps") + ' ' + to.to_string());
        }
        add(facts, "relay_clientcerts", wanted);
    }
    if (services.empty()) {
        const auto& tables = context.postfix().parameters().relay_clientcerts;
        const std::string wanted = switched(tables, from, to);
        if (wanted != join(tables, ", ")) {
            add(ServiceFacts(), "relay_clientcerts", wanted);
        }
    }
    return commands;
}

} // namespace relayctl
