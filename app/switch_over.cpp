#include "app/switch_over.hpp"

#include "core/audit/commands.hpp"
#include "core/base/text.hpp"
#include "core/postfix/services.hpp"

#include <algorithm>

namespace relayctl {

namespace {

bool is_same(const std::string& name, const TableName& table)
{
    const std::string direct = table.behind_proxy().to_string();
    return name == table.to_string() || name == direct || name == "proxy:" + direct;
}

// The list with `to` in the place of `from`; as it is where `from` is not there.
std::string switched(std::vector<std::string> tables, const TableName& from, const TableName& to)
{
    const bool has_it = std::find(tables.begin(), tables.end(), to.to_string()) != tables.end();
    if (has_it) {
        std::erase_if(tables, [&](const std::string& name) { return is_same(name, from); });
    } else {
        std::replace_if(
            tables.begin(), tables.end(),
            [&](const std::string& name) { return is_same(name, from); }, to.to_string());
    }
    return join(tables, ", ");
}

} // namespace

std::vector<std::string> commands_to_switch(
    Context& context, const TableName& from, const TableName& to)
{
    std::vector<std::string> commands;
    if (!context.postfix().is_configured()) {
        return commands;
    }
    const Commands words(context.options.config_directory);
    std::vector<Service> services;
    try {
        services
            = effective_services(context.postfix(), { "relay_clientcerts", "proxy_read_maps" });
    } catch (const Error&) { // what was copied stands
        return commands;
    }
    const auto add = [&](const std::string& command) {
        if (!command.empty()
            && std::find(commands.begin(), commands.end(), command) == commands.end()) {
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
        if (to.is_proxied()
            && std::find(allowed.begin(), allowed.end(), to.to_string()) == allowed.end()) {
            add(words.append(facts, "proxy_read_maps", to.to_string()));
        }
        add(words.set(facts, "relay_clientcerts", wanted));
    }
    const auto& tables = context.postfix().parameters().relay_clientcerts;
    const std::string wanted = tables.empty() ? to.to_string() : switched(tables, from, to);
    if (commands.empty()
        && wanted != join(tables, ", ")) { // no smtpd yet, or none that asks any table
        add(words.set(ServiceFacts(), "relay_clientcerts", wanted));
    }
    return commands;
}

} // namespace relayctl
