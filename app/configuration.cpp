#include "app/configuration.hpp"

#include "app/cli/report.hpp"
#include "app/gather.hpp"
#include "core/audit/verdict.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// The names that guides give the table: a file of such a name that nobody asks is likely the one
// that was edited.
std::vector<std::string> find_other_files(Context& context, const ConfigurationFacts& facts)
{
    constexpr std::uint64_t enough = 1 << 20;
    std::vector<std::string> found;
    for (const char* name : { "relay_clients", "relay_clientcerts", "relay_ccerts" }) {
        const std::string path = context.postfix().parameters().config_directory + '/' + name;
        const bool is_verified = std::any_of(facts.tables.begin(), facts.tables.end(),
            [&](const TableName& table) { return table.path == path; });
        const bool is_asked = is_verified
            || std::any_of(
                facts.services.begin(), facts.services.end(), [&](const ServiceFacts& s) {
                    return std::any_of(s.tables.begin(), s.tables.end(),
                        [&](const TableFacts& t) { return t.source_path == path; });
                });
        try {
            const auto content = is_asked ? std::nullopt : read_file_if_any(path, enough);
            if (!content) {
                continue;
            }
            const Document document(content->text);
            const auto is_fingerprint = [&](const Entry& entry) {
                return Fingerprint::from_key(document.key(entry)).has_value();
            };
            if (std::any_of(document.entries().begin(), document.entries().end(), is_fingerprint)) {
                found.push_back(path);
            }
        } catch (const Error&) { // too large, no file, not for this user: then it is not what was
                                 // edited just now
        }
    }
    return found;
}

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

bool is_configuration_wanted(Context& context)
{
    const bool spawns_nothing = !context.options.table.empty() && !context.options.digest.empty();
    return !spawns_nothing && context.postfix().is_configured();
}

std::optional<ConfigurationFacts> gather_configuration(Context& context,
    std::vector<TableName> tables, std::map<std::string, std::shared_ptr<const Document>> sources)
{
    const Client client = unknown_client();
    ConfigurationFacts facts;
    GatherOptions options;
    options.client = &client;
    options.as_configured = true;
    options.service = context.options.service;
    options.sources = std::move(sources);
    facts.services = gather_services(context, options, &facts.qmqp_services);
    if (facts.services.empty()) {
        return std::nullopt;
    }
    const std::string& directory = context.postfix().parameters().config_directory;
    facts.tables = std::move(tables);
    std::copy_if(facts.tables.begin(), facts.tables.end(), std::back_inserter(facts.missing_tables),
        [](const TableName& table) { return table.has_source() && !stat_of(table.path); });
    facts.main_cf = directory + "/main.cf";
    facts.digest_is_explicit = context.postfix().is_set("smtpd_tls_fingerprint_digest");
    facts.other_files = find_other_files(context, facts);
    facts.writable = find_writable(directory);
    facts.now = context.now();
    return facts;
}

std::vector<std::string> refusals_of_listed_client(
    Context& context, const std::vector<TableName>& tables)
{
    std::vector<std::string> refusals;
    if (!is_configuration_wanted(context)) {
        return refusals;
    }
    GatherOptions options;
    options.as_configured = true;
    options.reads_sources = false;
    const auto services = gather_services(context, options);
    const bool any_meant = std::any_of(services.begin(), services.end(), means_certificates);
    for (const ServiceFacts& facts : services) {
        const bool is_asking = std::any_of(tables.begin(), tables.end(),
            [&](const TableName& table) { return asks_table(facts, table); });
        if (!is_asking || (any_meant && !means_certificates(facts))) {
            continue;
        }
        const Verdict verdict = judge(facts, { {}, Listed::yes, context.now() }, context.repair());
        const auto why = std::find_if(verdict.reasons.begin(), verdict.reasons.end(),
            [](const Finding& f) { return f.severity == Severity::error; });
        if (!verdict.would_relay.value_or(true) && why != verdict.reasons.end()) {
            refusals.push_back("service " + escape(facts.service.name)
                + " will still refuse it: " + why->message + " [" + why->id + "]");
        }
    }
    return refusals;
}

void warn_of_refusals(Context& context, const std::vector<TableName>& tables)
{
    try {
        for (const std::string& refusal : refusals_of_listed_client(context, tables)) {
            report_warning(context, "authorised, but " + refusal);
        }
    } catch (const Error& error) {
        report_note(context,
            "whether the services of Postfix will accept it could not be seen: "
                + std::string(error.what()));
    }
}

} // namespace relayctl
