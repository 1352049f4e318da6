// Each table is judged by itself; then the configuration is judged once, with all of them in view.
// Findings about the configuration are shown with the first table.
#include "core/operations/verify.hpp"

#include "core/audit/configuration_audit.hpp"
#include "core/base/error.hpp"
#include "core/inspect/ask_configuration.hpp"
#include "core/inspect/live_look.hpp"

#include <optional>

namespace relayctl {

void Verifier::examine(const TableName& table, const Digest& digest)
{
    add(table, verify_table(postfix_, table, store_, digest, options_));
}

void Verifier::add_unreadable(const TableName& table, const std::string& problem)
{
    TableExamination examination;
    examination.measures.is_known = false;
    examination.findings = { { Severity::error, "table-unreadable", table.behind_proxy().path, 0, 0,
        "it cannot be judged: " + problem, "" } };
    add(table, std::move(examination));
}

void Verifier::add(const TableName& table, TableExamination examination)
{
    for (Finding& finding : examination.findings) {
        finding.table = table.to_string();
    }
    auto& findings = examination.findings;
    result_.findings.insert(result_.findings.end(), findings.begin(), findings.end());
    const bool is_sound = !has_problem(findings);
    result_.is_sound = result_.is_sound && is_sound;
    result_.tables.push_back(
        { table.to_string(), examination.measures, std::move(findings), is_sound, options_.now });
    names_.push_back(table);
}

std::vector<Finding> Verifier::verify_configuration()
{
    // The tables were to be judged by themselves.
    if (!options_.asks_postfix) {
        return {};
    }
    std::optional<ConfigurationFacts> facts;
    try {
        facts = ask_configuration(postfix_, names_, options_.service, options_.now);
    } catch (const Error& error) { // what was found about the tables holds all the same
        return { { Severity::note, "unseen", names_.front().path, 0, 0,
            "how Postfix uses it cannot be seen: " + std::string(error.what()), "" } };
    }
    if (!facts) {
        return { { Severity::note, "no-smtpd",
            postfix_.parameters().config_directory + "/master.cf", 0, 0,
            "there is no smtpd service that would use the table", "" } };
    }
    if (!options_.is_offline) {
        look_at_services(postfix_, facts->services);
    }
    for (const ServiceFacts& service : facts->services) {
        result_.live.push_back({ service.service.name, service.live });
    }
    return audit_configuration(*facts, options_.repair);
}

// A warning about a table counts always, one about the configuration only with --strict.
Verification Verifier::finish()
{
    const std::vector<Finding> found = verify_configuration();
    const bool is_sound = !has_error(found) && !(options_.is_strict && has_problem(found));
    TableHealth& first = result_.tables.front();
    first.is_sound = first.is_sound && is_sound;
    first.findings.insert(first.findings.end(), found.begin(), found.end());
    result_.is_sound = result_.is_sound && is_sound;
    result_.findings.insert(result_.findings.end(), found.begin(), found.end());
    return std::move(result_);
}

TableHealth sum_of(const std::vector<TableHealth>& tables)
{
    TableHealth sum = tables.front();
    for (std::size_t i = 1; i < tables.size(); ++i) {
        const TableHealth& table = tables[i];
        sum.table += ", " + table.table;
        add_measures(sum.measures, table.measures);
        sum.findings.insert(sum.findings.end(), table.findings.begin(), table.findings.end());
        sum.is_sound = sum.is_sound && table.is_sound;
    }
    return sum;
}

} // namespace relayctl
