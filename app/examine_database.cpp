#include "app/examine_database.hpp"

#include "app/configuration.hpp"
#include "core/audit/annotation_audit.hpp"
#include "core/audit/database_audit.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"
#include "core/postfix/services.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// In lower case, as smtpd asks; no certificate has it.
std::string nobodys_key(const Digest& digest)
{
    const std::vector<std::uint8_t> zeros(digest.size());
    return to_lower(Fingerprint(zeros).to_string());
}

DatabaseFacts facts_of(Context& context, const TableName& table, const Digest& digest)
{
    const TableName file_table = table.behind_proxy();
    DatabaseFacts facts;
    facts.file = read_database_file(file_table, false);
    facts.query = bind_query(facts.file.query);
    facts.shape = shape_of(facts.file);
    facts.status = stat_of(file_table.path).value_or(facts.status);
    facts.admin_status = stat_of(admin_file_of(file_table.path));
    facts.weak = weak_point(file_table.path);
    facts.admin_weak = facts.admin_status ? weak_file(admin_file_of(file_table.path))
                                          : std::nullopt; // in the same directory
    std::string owner = "postfix";
    if (is_configuration_wanted(context)) {
        facts.services = parse_services(context.postfix().master_cf());
        const auto parameters = context.postfix().effective({ "mail_owner", "mail_version" }, {});
        owner = parameters.at("mail_owner");
        facts.mail_version = parameters.at("mail_version");
    }
    facts.probes = probe_hosts(facts.file, facts.query, { nobodys_key(digest) }, owner,
        encoding_of(facts.file, facts.mail_version));
    return facts;
}

void append(std::vector<Finding>& findings, std::vector<Finding> more)
{
    findings.insert(
        findings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

} // namespace

void measure(const Document& document, Time now, Measures& measures)
{
    measures.entries += document.entries().size();
    for (const Entry& entry : document.entries()) {
        const Annotation annotation = document.annotation(entry);
        measures.unknown_expiry += has_unknown_expiry(annotation) ? 1 : 0;
        if (!annotation.expires) {
            continue;
        }
        if (is_expired(annotation, now)) {
            ++measures.expired;
        } else {
            measures.soonest_expiry
                = std::min(measures.soonest_expiry.value_or(Time::max()), *annotation.expires);
        }
    }
}

std::vector<Finding> examine_database(
    Context& context, const TableName& table, const Digest& digest, Measures& measures)
{
    const DatabaseFacts facts = facts_of(context, table, digest);
    std::vector<Finding> findings = audit_database(facts);
    const bool any_answers = std::any_of(facts.probes.begin(), facts.probes.end(),
        [](const HostProbe& probe) { return probe.is_connected; });
    if (!facts.shape) {
        measures.is_known = false;
        return findings;
    }
    RowAudit rows(table, digest, facts.mail_version);
    try {
        const auto parts = context.store(table).stream(EntryOrder::key);
        while (const auto part = parts->next()) {
            rows.add(*part);
            append(findings, audit_annotations(*part, table, context.now()));
            measure(*part, context.now(), measures);
        }
        if (const std::string missing = context.store(table).missing_columns(); !missing.empty()) {
            findings.push_back(columns_missing(table, missing));
        }
        if (const std::string hidden = context.store(table).hidden_columns(); !hidden.empty()) {
            findings.push_back(columns_hidden(table, hidden));
        }
    } catch (const Error& error) {
        measures.is_known = false;
        if (any_answers && !has_error(findings)) { // else it is said already why
            findings.push_back({ Severity::warning, "unseen", facts.file.path, 0, 0,
                "the rows cannot be read: " + std::string(error.what()), "" });
        }
    }
    append(findings, rows.take());
    return findings;
}

} // namespace relayctl
