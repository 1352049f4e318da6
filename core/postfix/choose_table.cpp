#include "core/postfix/choose_table.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <optional>

namespace relayctl {

namespace {

// Returns the first table that relayctl can change; nullptr if there is none.
const TableName* first_changeable(const std::vector<TableName>& tables)
{
    const auto found = std::find_if(tables.begin(), tables.end(), is_changeable);
    return found == tables.end() ? nullptr : &*found;
}

// Returns the table of services that ask no table of main.cf; no value if they ask none that
// relayctl can change.
std::optional<TableName> table_of_services(const std::vector<AskingService>& services)
{
    std::vector<std::pair<std::string, TableName>> found;
    for (const AskingService& service : services) {
        if (const TableName* table = first_changeable(service.tables)) {
            found.emplace_back(service.name, *table);
        }
    }
    if (found.empty()) {
        return std::nullopt;
    }
    if (std::all_of(found.begin(), found.end(),
            [&](const auto& other) { return is_same_table(other.second, found.front().second); })) {
        return found.front().second;
    }
    std::vector<Hint> hints;
    for (const auto& [service, table] : found) {
        hints.push_back(escape(service) + " uses it: -t " + escape(table.to_string()));
    }
    throw Error(ErrorKind::usage,
        "the services of master.cf use different tables: choose one with -t or --service",
        std::move(hints));
}

} // namespace

bool is_changeable(const TableName& table)
{
    // A name of a database that does not begin with '/' stands for parameters of main.cf, which is
    // the obsolete form.
    return table.is_writable()
        && (table.has_source() || table.behind_proxy().path.starts_with('/'));
}

TableChoice choose_table(Postfix& postfix, const AskedTables& asked, bool of_service)
{
    const Parameters& parameters = postfix.parameters();
    const auto first = std::find_if(asked.tables.begin(), asked.tables.end(),
        [](const AskedTable& table) { return table.is_in_main_cf && is_changeable(table.table); });
    if (!of_service && first != asked.tables.end()) {
        return { first->table };
    }
    if (auto table = table_of_services(asked.services)) {
        return { std::move(*table) };
    }
    std::vector<std::string> names;
    std::transform(asked.tables.begin(), asked.tables.end(), std::back_inserter(names),
        [](const AskedTable& t) { return escape(t.table.to_string()); });
    if (!names.empty() || !parameters.relay_clientcerts.empty()) {
        throw Error(ErrorKind::usage,
            "relay_clientcerts names no table that relayctl can change: "
                + (names.empty() ? "it is empty for this service" : join(names, ", ")),
            { "relayctl changes tables of type " + join(writable_types(), ", ")
                + "; choose one with -t TYPE:PATH" });
    }
    return { { parameters.default_database_type, parameters.config_directory + "/relay_clients" },
        false };
}

} // namespace relayctl
