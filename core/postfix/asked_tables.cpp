// Which tables decide about relaying is asked of the services, and not only of main.cf, since each
// smtpd in master.cf may set relay_clientcerts for itself. Tables are the same if they name the
// same file, by whatever path or wrapper; each is in the result once, with all who ask it.
#include "core/postfix/asked_tables.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/postfix/parse_output.hpp"
#include "core/postfix/services.hpp"

#include <algorithm>
#include <filesystem>

namespace relayctl {

namespace {

// Returns true for TYPE:NAME.
bool is_table(const std::string& text)
{
    return TableName::parse_if_any(text).has_value();
}

// Returns the table behind all wrappers. is_by_proxy: receives true if proxy: is one of them.
TableName unwrapped(TableName table, bool* is_by_proxy = nullptr)
{
    while (table.traits().family == TableFamily::wrapper && is_table(table.path)) {
        if (is_by_proxy != nullptr && table.is_proxied()) {
            *is_by_proxy = true;
        }
        table = TableName::parse(table.path);
    }
    return table;
}

// Returns the file of a table with its directory resolved. The last name is not resolved, because
// the map lies beside that name.
std::string place_of(const TableName& table)
{
    std::error_code failed;
    const std::filesystem::path path(table.path);
    const auto directory = std::filesystem::weakly_canonical(path.parent_path(), failed);
    return failed || !path.is_absolute() ? table.path : (directory / path.filename()).string();
}

// parameters: relay_clientcerts and smtpd_tls_fingerprint_digest of the service.
AskingService service_of(const std::string& name,
    const std::map<std::string, std::string>& parameters, const std::string& queue_directory)
{
    AskingService service{ name, {}, value_of(parameters, "smtpd_tls_fingerprint_digest"), {} };
    for (const std::string& text : split_list(value_of(parameters, "relay_clientcerts"))) {
        if (is_table(text)) {
            const TableName table = TableName::parse(text);
            service.tables.push_back(folded_table(table, queue_directory));
            bool is_by_proxy = false;
            // proxymap opens the map itself and keeps it, so it may answer from an old one.
            if (unwrapped(table, &is_by_proxy).has_source() && is_by_proxy) {
                service.proxied.push_back(service.tables.back());
            }
        }
    }
    return service;
}

// Returns all smtpd services. Those without overrides ask what main.cf says, which is known
// already. unseen: receives why the tables of a service are not known.
std::vector<AskingService> asking_services(
    Postfix& postfix, const AskingService& main_cf, std::string& unseen)
{
    std::vector<AskingService> services;
    std::map<Overrides, AskingService> known = { { {}, main_cf } };
    for (const Service& service : parse_services(postfix.master_cf())) {
        const auto [found, is_new] = known.try_emplace(service.overrides);
        if (is_new) {
            try {
                const auto values = postfix.effective(
                    { "relay_clientcerts", "smtpd_tls_fingerprint_digest" }, service.overrides);
                found->second = service_of("", values, postfix.parameters().queue_directory);
            } catch (const Error& error) {
                if (error.kind() == ErrorKind::interrupted) {
                    throw;
                }
                // The other services are known all the same, and the caller decides what that is
                // worth.
                unseen = "which tables " + escape(service.name)
                    + " asks is not known: " + error.what();
            }
        }
        services.push_back(found->second);
        services.back().name = service.name;
    }
    return services;
}

// Keeps only the services with this name.
void require_service(std::vector<AskingService>& services, const std::string& name)
{
    std::vector<std::string> names;
    std::transform(services.begin(), services.end(), std::back_inserter(names),
        [](const AskingService& s) { return escape(s.name); });
    std::erase_if(services,
        [&](const AskingService& service) { return !is_service_named(service.name, name); });
    if (services.empty()) {
        throw Error(ErrorKind::usage, "service " + quote(name) + ": master.cf has no such smtpd",
            { names.empty() ? "it has no smtpd at all" : "it has: " + join(names, ", ") });
    }
}

// Returns the table of the list, after adding it if it is new.
AskedTable& add_table(
    std::vector<AskedTable>& tables, const TableName& table, const std::string& digest)
{
    const auto found = std::find_if(tables.begin(), tables.end(),
        [&](const AskedTable& known) { return is_same_table(known.table, table); });
    return found != tables.end()
        ? *found
        : tables.emplace_back(AskedTable{ table, {}, false, false, digest });
}

// main_cf_first: the tables of main.cf are part of the result, and come first.
std::vector<AskedTable> collect(
    const AskingService& main_cf, const std::vector<AskingService>& services, bool main_cf_first)
{
    std::vector<AskedTable> tables;
    for (std::size_t i = 0; main_cf_first && i < main_cf.tables.size(); ++i) {
        add_table(tables, main_cf.tables[i], main_cf.digest);
    }
    for (const AskingService& service : services) {
        for (const TableName& name : service.tables) {
            AskedTable& table = add_table(tables, name, service.digest);
            table.is_proxied = table.is_proxied
                || std::find(service.proxied.begin(), service.proxied.end(), name)
                    != service.proxied.end();
            // The digest of a service that asks the table counts more than that of main.cf, which
            // may ask nobody.
            table.digest = table.services.empty() ? service.digest : table.digest;
            if (table.services.empty() || table.services.back() != service.name) {
                table.services.push_back(service.name);
            }
        }
    }
    for (AskedTable& table : tables) {
        table.is_in_main_cf = std::any_of(main_cf.tables.begin(), main_cf.tables.end(),
            [&](const TableName& name) { return is_same_table(name, table.table); });
    }
    // If no service asks any table, those of main.cf are the ones that are meant.
    const bool any_asked = std::any_of(tables.begin(), tables.end(),
        [](const AskedTable& table) { return !table.services.empty(); });
    std::erase_if(
        tables, [&](const AskedTable& table) { return any_asked && table.services.empty(); });
    return tables;
}

} // namespace

TableName folded_table(const TableName& table, const std::string& queue_directory)
{
    bool is_by_proxy = false;
    TableName inner = unwrapped(table, &is_by_proxy);
    // What follows "pgsql:" is the name of a file if it begins with '/' or '.'; else it is the
    // beginning of names of parameters in main.cf (pgsql_table(5)).
    const bool is_file = inner.has_source() || (inner.is_database() && inner.path.starts_with('.'));
    // Daemons of Postfix run in the queue directory, which is where they look for a relative path.
    if (is_file && !inner.path.starts_with('/')) {
        inner.path = queue_directory + '/' + inner.path;
    }
    // Of a source the file is the same with and without proxy:. Of other types proxymap may be the
    // only way to it.
    const bool stays_wrapped = is_by_proxy && !inner.has_source();
    return stays_wrapped ? TableName{ "proxy", inner.to_string() } : inner;
}

bool is_same_table(const TableName& a, const TableName& b)
{
    const TableName first = unwrapped(a);
    const TableName second = unwrapped(b);
    if (first == second) {
        return true;
    }
    const bool are_files = first.has_source() || first.is_database();
    return are_files && first.type == second.type && place_of(first) == place_of(second);
}

const AskedTable* find_table(const std::vector<AskedTable>& tables, const TableName& table)
{
    const auto found = std::find_if(tables.begin(), tables.end(),
        [&](const AskedTable& known) { return is_same_table(known.table, table); });
    return found == tables.end() ? nullptr : &*found;
}

bool has_same_source(const TableName& a, const TableName& b)
{
    if (is_same_table(a, b)) {
        return true;
    }
    const auto one = a.has_source() && b.has_source() ? stat_of(a.path) : std::nullopt;
    const auto other = one ? stat_of(b.path) : std::nullopt;
    return other && one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

bool names_table(
    const std::string& word, const TableName& table, const std::string& queue_directory)
{
    return is_table(word)
        && is_same_table(folded_table(TableName::parse(word), queue_directory), table);
}

AskedTables asked_tables(Postfix& postfix, const std::string& service)
{
    const Parameters& parameters = postfix.parameters();
    const AskingService main_cf = service_of("",
        { { "relay_clientcerts", join(parameters.relay_clientcerts, " ") },
            { "smtpd_tls_fingerprint_digest", parameters.digest } },
        parameters.queue_directory);
    AskedTables asked;
    const bool has_services = stat_of(parameters.config_directory + "/master.cf").has_value();
    try {
        if (has_services) {
            asked.services = asking_services(postfix, main_cf, asked.unseen);
        }
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
        asked.unseen
            = "the services of master.cf cannot be read, so only the tables of main.cf are known: "
            + std::string(error.what());
    }
    if (!service.empty()) {
        require_service(asked.services, service);
    }
    asked.tables = collect(main_cf, asked.services, service.empty());
    return asked;
}

} // namespace relayctl
