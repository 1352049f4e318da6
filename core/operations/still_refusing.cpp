#include "core/operations/still_refusing.hpp"

#include "core/audit/configuration_audit.hpp"
#include "core/audit/verdict.hpp"
#include "core/base/text.hpp"
#include "core/inspect/ask_services.hpp"

#include <algorithm>

namespace relayctl {

std::vector<std::string> refusals_of_listed_client(Postfix& postfix,
    const std::vector<TableName>& tables, const std::string& service, Time now,
    const Repair& repair)
{
    ServiceQuery query;
    query.service = service;
    query.reads_sources = false;
    const auto services = ask_services(postfix, query);
    const bool any_meant = std::any_of(services.begin(), services.end(), means_certificates);
    std::vector<std::string> refusals;
    for (const ServiceFacts& facts : services) {
        const bool is_asking = std::any_of(tables.begin(), tables.end(),
            [&](const TableName& table) { return asks_table(facts, table); });
        if (!is_asking || (any_meant && !means_certificates(facts))) {
            continue;
        }
        const Verdict verdict = judge(facts, { {}, Listed::yes, now }, repair);
        const auto why = std::find_if(verdict.reasons.begin(), verdict.reasons.end(),
            [](const Finding& f) { return f.severity == Severity::error; });
        if (!verdict.would_relay.value_or(true) && why != verdict.reasons.end()) {
            refusals.push_back("service " + escape(facts.service.name)
                + " will still refuse it: " + why->message + " [" + why->id + "]");
        }
    }
    return refusals;
}

} // namespace relayctl
