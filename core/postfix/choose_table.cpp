#include "core/postfix/choose_table.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/postfix/services.hpp"

#include <algorithm>
#include <optional>

namespace relayctl {

namespace {

// The daemons run in queue_directory: there a relative name begins for them.
std::vector<TableName> tables_of(const std::vector<std::string>& list, const std::string& queue_directory)
{
    std::vector<TableName> tables;
    for (const std::string& text : list) {
        const std::size_t colon = text.find(':');
        if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) {
            continue;
        }
        TableName table = TableName::parse(text);
        if (table.has_source() && !table.path.starts_with('/')) {
            table.path = queue_directory + '/' + table.path;
        }
        tables.push_back(std::move(table));
    }
    return tables;
}

std::optional<TableName> first_writable(const std::vector<std::string>& list, const std::string& queue_directory)
{
    const auto tables = tables_of(list, queue_directory);
    const auto found = std::find_if(tables.begin(), tables.end(), [](const TableName& table) {
        const std::string name = table.behind_proxy().path; // of a database: the obsolete names of parameters in main.cf are none of a file
        return table.is_writable() && (table.has_source() || name.starts_with('/') || name.starts_with('.'));
    });
    return found == tables.end() ? std::nullopt : std::optional(*found);
}

struct ServiceTable {
    std::string service;
    TableName table;
};

} // namespace

std::vector<TableName> configured_tables(Postfix& postfix)
{
    const Parameters& parameters = postfix.parameters();
    return tables_of(parameters.relay_clientcerts, parameters.queue_directory);
}

TableChoice choose_table(Postfix& postfix)
{
    const Parameters parameters = postfix.parameters();
    if (auto table = first_writable(parameters.relay_clientcerts, parameters.queue_directory)) {
        return {std::move(*table)};
    }
    std::vector<ServiceTable> found;
    for (const Service& service : effective_services(postfix, {"relay_clientcerts"})) {
        if (auto table = first_writable(split_list(service.parameters.at("relay_clientcerts")), parameters.queue_directory)) {
            found.push_back({service.name, std::move(*table)});
        }
    }
    if (!found.empty()) {
        const bool same = std::all_of(found.begin(), found.end(), [&](const ServiceTable& s) { return s.table == found.front().table; });
        if (same) {
            return {found.front().table};
        }
        std::vector<std::string> hints;
        for (const ServiceTable& service : found) {
            hints.push_back(escape(service.service) + " uses it: -t " + escape(service.table.to_string()));
        }
        throw Error(ErrorKind::usage, "the services of master.cf use different tables: choose one with -t", std::move(hints));
    }
    if (!parameters.relay_clientcerts.empty()) {
        throw Error(ErrorKind::usage, "relay_clientcerts names no table that relayctl can change: " + escape(join(parameters.relay_clientcerts, ", ")),
                    {"relayctl changes tables of type " + join(writable_types(), ", ") + "; choose one with -t TYPE:PATH"});
    }
    return {{parameters.default_database_type, parameters.config_directory + "/relay_clients"}, false};
}

namespace {

std::string with_permit(const std::vector<std::string>& restrictions)
{
    std::vector<std::string> result = restrictions;
    const auto decides = [](const std::string& r) { return r.starts_with("reject") || r.starts_with("defer"); };
    result.insert(std::find_if(result.begin(), result.end(), decides), "permit_tls_clientcerts");
    return join(result, ", ");
}

} // namespace

std::vector<std::string> commands_to_enable(const Parameters& parameters, const TableName& table, const std::string& config_directory)
{
    std::vector<std::string> words = { "postconf", "-e" };
    std::vector<std::string> reload = { "postfix", "reload" };
    if (!config_directory.empty()) {
        words.insert(words.begin() + 1, { "-c", config_directory });
        reload.insert(reload.begin() + 1, { "-c", config_directory });
    }
    const std::size_t without_assignments = words.size();
    const auto set = [&](const std::string& name, const std::string& value) {
        words.push_back(name + " = " + value);
    };
    const auto& tables = parameters.relay_clientcerts;
    if (std::find(tables.begin(), tables.end(), table.to_string()) == tables.end()) {
        set("relay_clientcerts", join(tables, ", ") + (tables.empty() ? "" : ", ") + table.to_string());
    }
    if (parameters.ask_ccert != "yes") {
        set("smtpd_tls_ask_ccert", "yes");
    }
    const auto& restrictions = parameters.relay_restrictions;
    if (std::find(restrictions.begin(), restrictions.end(), "permit_tls_clientcerts") == restrictions.end()) {
        set("smtpd_relay_restrictions", with_permit(restrictions));
    }
    const std::string command = command_line(words);
    if (words.size() == without_assignments || command.empty()) {
        return {};
    }
    return { command, command_line(reload) };
}

} // namespace relayctl
