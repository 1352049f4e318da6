#include "core/inspect/ask_configuration.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/inspect/ask_services.hpp"

#include <algorithm>
#include <iterator>

namespace relayctl {

namespace {

// Returns whether the file is verified, or the source of a table that some service asks.
bool is_asked(const std::string& path, const ConfigurationFacts& facts)
{
    const auto asks = [&](const ServiceFacts& service) {
        return std::any_of(service.tables.begin(), service.tables.end(),
            [&](const TableFacts& table) { return table.source_path == path; });
    };
    return std::any_of(facts.tables.begin(), facts.tables.end(), [&](const TableName& table) {
        return table.path == path;
    }) || std::any_of(facts.services.begin(), facts.services.end(), asks);
}

// Returns whether any key of the document is a fingerprint of some digest.
bool has_fingerprints(const Document& document)
{
    return std::any_of(document.entries().begin(), document.entries().end(),
        [&](const Entry& entry) { return Fingerprint::from_key(document.key(entry)).has_value(); });
}

// Files with the names that guides give the table, and which no service asks: somebody may have
// edited one of them instead of the table. What is too large, no file or not for this user to read
// was hardly edited just now.
std::vector<std::string> find_other_files(
    const std::string& config_directory, const ConfigurationFacts& facts)
{
    // A table of this size was not made by hand.
    constexpr std::uint64_t most_bytes = 1 << 20;
    std::vector<std::string> found;
    for (const char* name : { "relay_clients", "relay_clientcerts", "relay_ccerts" }) {
        const std::string path = config_directory + '/' + name;
        try {
            const auto content
                = is_asked(path, facts) ? std::nullopt : read_file_if_any(path, most_bytes);
            if (content && has_fingerprints(Document(content->text))) {
                found.push_back(path);
            }
        } catch (const Error&) { // see above
        }
    }
    return found;
}

// Returns the weak points of main.cf, of master.cf and of the directories on the way to them.
std::vector<WeakPoint> find_writable(const std::string& config_directory)
{
    std::vector<WeakPoint> found;
    const std::string main_cf = config_directory + "/main.cf";
    if (auto weak = weak_way(main_cf)) {
        found.push_back(std::move(*weak));
    }
    for (const std::string& file : { main_cf, config_directory + "/master.cf" }) {
        if (auto weak = weak_file(file)) {
            found.push_back(std::move(*weak));
        }
    }
    return found;
}

} // namespace

std::optional<ConfigurationFacts> ask_configuration(
    Postfix& postfix, std::vector<TableName> tables, const std::string& service, Time now)
{
    const Client client = unknown_client();
    ServiceQuery query;
    query.client = &client;
    query.service = service;
    query.asks_smtpd = true;
    ConfigurationFacts facts;
    // With unknown_client() each table is asked for fingerprints that nobody has: what it finds, it
    // finds for everybody.
    facts.services = ask_services(postfix, query, &facts.qmqp_services);
    if (facts.services.empty()) {
        return std::nullopt;
    }
    // postconf tells this of the whole configuration, so each service gets the same.
    const auto unused = postfix.unused_settings();
    for (ServiceFacts& asked : facts.services) {
        asked.unused = unused;
    }
    const std::string& directory = postfix.parameters().config_directory;
    facts.tables = std::move(tables);
    std::copy_if(facts.tables.begin(), facts.tables.end(), std::back_inserter(facts.missing_tables),
        [](const TableName& table) { return table.has_source() && !stat_of(table.path); });
    facts.main_cf = directory + "/main.cf";
    facts.digest_is_explicit = postfix.is_set("smtpd_tls_fingerprint_digest");
    facts.other_files = find_other_files(directory, facts);
    facts.writable = find_writable(directory);
    facts.now = now;
    return facts;
}

} // namespace relayctl
