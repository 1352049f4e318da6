#include "core/audit/unused_tables.hpp"

#include "core/audit/table_finding.hpp"
#include "core/base/text.hpp"
#include "core/postfix/asked_tables.hpp"
#include "core/postfix/restriction_words.hpp"

#include <algorithm>

namespace relayctl {

UnusedTables::UnusedTables(const ConfigurationFacts& facts, const Repair& repair)
    : facts_(facts)
    , repair_(repair)
{
    std::copy_if(facts.tables.begin(), facts.tables.end(), std::back_inserter(tables_),
        [&](const TableName& table) {
            return std::none_of(facts.services.begin(), facts.services.end(),
                [&](const ServiceFacts& service) { return asks_table(service, table); });
        });
}

std::vector<Finding> UnusedTables::findings() const
{
    std::vector<Finding> found;
    for (const TableName& table : tables_) {
        found.push_back(unused(table));
    }
    for (const std::string& file : facts_.other_files) {
        found.push_back(other_file(file));
    }
    return found;
}

// One that asks for certificates, where any does.
const ServiceFacts& UnusedTables::meant_service() const
{
    const auto meant
        = std::find_if(facts_.services.begin(), facts_.services.end(), means_certificates);
    return meant == facts_.services.end() ? facts_.services.front() : *meant;
}

bool UnusedTables::is_missing(const TableName& table) const
{
    return std::find(facts_.missing_tables.begin(), facts_.missing_tables.end(), table)
        != facts_.missing_tables.end();
}

std::vector<Setting> UnusedTables::settings_for(const ServiceFacts& service) const
{
    const ServiceFacts& meant = meant_service();
    // Where both services take the parameter from main.cf, one command serves both; else only the
    // service that is meant gets it.
    const bool shares_main_cf = !is_overridden(service, "relay_clientcerts")
        && !is_overridden(meant, "relay_clientcerts");
    if (&service != &meant && !shares_main_cf) {
        return {};
    }
    // Several tables go into one value, so each is added to what the one before has left.
    ServiceFacts asking = service;
    for (const TableName& table : tables_) {
        if (!is_missing(table)) { // else smtpd would answer 451 to whoever presents a certificate
            const auto settings = settings_to_ask(asking, table);
            asking = with_settings(std::move(asking), settings);
        }
    }
    return settings_changed(service, asking);
}

// Says that no service asks the table, with the command that has it asked and mends what else keeps
// its clients out.
Finding UnusedTables::unused(const TableName& table) const
{
    const ServiceFacts& service = meant_service();
    Finding found = finding(Severity::error, "table-unused",
        "no service asks " + escape(table.to_string())
            + ": relay_clientcerts = " + quote(service.parameter("relay_clientcerts"), 200),
        "");
    const auto settings = settings_for(service);
    if (is_missing(table)) {
        found.hint = "make it with its first client, which says what Postfix needs then: "
            + repair_.relayctl("add CERT HOST", table.to_string());
    } else if (settings_to_ask(service, table).empty()) {
        found.hint = "relay_clientcerts names another table that is made of the same file";
    } else {
        found.hint = judge_listed_client(service, facts_.now, repair_, settings).repair;
    }
    return found;
}

// A guide names the file otherwise than main.cf does, and the wrong one was edited: where the
// tables that are asked have no entries, nobody loses anything by asking that file instead.
Finding UnusedTables::other_file(const std::string& file) const
{
    const ServiceFacts& service = meant_service();
    const bool nothing_is_lost
        = std::all_of(service.tables.begin(), service.tables.end(), [](const TableFacts& table) {
              return table.source && !table.is_database && table.source->entries().empty();
          });
    const TableName& verified = facts_.tables.front();
    const TableName other{
        verified.has_source() ? verified.type : service.parameter("default_database_type"), file
    };
    Finding found{ Severity::warning, "other-file", file, 0, 0,
        "holds fingerprints, but no service asks it: relay_clientcerts = "
            + quote(service.parameter("relay_clientcerts"), 200),
        "add its clients to a table that is asked, or delete the file" };
    if (nothing_is_lost) {
        const std::string command = repair_.mend(service,
            { { repair_.relayctl("rebuild", other.to_string()) }, false,
                { { "relay_clientcerts", other.to_string() } } });
        found.hint = command.empty() ? found.hint : command;
    }
    return found;
}

bool means_certificates(const ServiceFacts& facts)
{
    const auto lists = restriction_lists(facts);
    return std::any_of(lists.begin(), lists.end(), [&](const std::string& list) {
        const auto words = split_restrictions(facts.parameter(list));
        return names_restriction(words, facts.classes, "permit_tls_clientcerts")
            || names_restriction(words, facts.classes, "permit_tls_all_clientcerts")
            || names_restriction(words, facts.classes, "check_ccert_access");
    });
}

bool asks_table(const ServiceFacts& facts, const TableName& table)
{
    return std::any_of(facts.tables.begin(), facts.tables.end(), [&](const TableFacts& t) {
        return names_table(t.name, table, facts.parameter("queue_directory"));
    });
}

Verdict judge_listed_client(
    const ServiceFacts& facts, Time now, const Repair& repair, std::vector<Setting> also)
{
    // Whether the certificate of that client is trusted is not known.
    ServiceFacts some = facts;
    some.trusted = std::nullopt;
    return judge(some, { {}, Listed::yes, now, false, std::move(also) }, repair);
}

} // namespace relayctl
