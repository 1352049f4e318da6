#include "app/render/json.hpp"
#include "app/render/json_live.hpp"
#include "app/render/json_value.hpp"

#include <ostream>

namespace relayctl {

namespace {

// The entry that lists the client. kind: null if nobody knows whether it is of the certificate or
// of the key.
Json json_of(const Match& match)
{
    return { { "table", match.table }, { "kind", or_null(match.kind) },
        { "fingerprint", match.fingerprint }, { "host", match.host },
        { "file", or_null(match.file) }, { "line", line_or_null(match.line) } };
}

// One service. would_relay: null if it depends; matched: null if no entry lists the client.
Json json_of(const Verdict& verdict)
{
    Json reasons = Json::array();
    for (const Finding& reason : verdict.reasons) {
        reasons.push_back(
            { { "id", reason.id }, { "message", reason.message }, { "hint", or_null(reason.hint) },
                { "severity", std::string(to_string(reason.severity)) },
                { "file", or_null(reason.file) }, { "line", line_or_null(reason.line) } });
    }
    return { { "service", verdict.service }, { "would_relay", or_null(verdict.would_relay) },
        { "matched", verdict.match ? json_of(*verdict.match) : Json() }, { "reasons", reasons },
        { "digest", or_null(verdict.digest) },
        { "cert", fingerprint_or_null(verdict.fingerprints, "cert") },
        { "key", fingerprint_or_null(verdict.fingerprints, "key") }, { "tables", verdict.tables },
        { "live", json_of(verdict.live) } };
}

// Returns what is said of one client. The first service gives the fingerprints; another service may
// have another digest, and has its own in its verdict.
Json fingerprints_and_services(const CheckAnswer& answer)
{
    Json services = Json::array();
    for (const Verdict& verdict : answer.verdicts) {
        services.push_back(json_of(verdict));
    }
    const Verdict& first = answer.verdicts.front();
    return { { "cert", fingerprint_or_null(first.fingerprints, "cert") },
        { "key", fingerprint_or_null(first.fingerprints, "key") },
        { "digest", or_null(first.digest) }, { "services", services } };
}

} // namespace

// The first client stands where it would stand alone; if there are several, all of them stand in
// "clients", too.
void write_json_check(
    std::ostream& out, std::optional<bool> would_relay, const std::vector<CheckAnswer>& answers)
{
    Json first = { { "schema", 1 }, { "would_relay", or_null(would_relay) } };
    first.update(fingerprints_and_services(answers.front()));
    if (answers.size() > 1) {
        first["clients"] = Json::array();
        for (const CheckAnswer& answer : answers) {
            Json client
                = { { "client", answer.name }, { "would_relay", or_null(answer.would_relay) } };
            client.update(fingerprints_and_services(answer));
            first["clients"].push_back(std::move(client));
        }
    }
    write_json(out, first);
}

void write_json_verify(std::ostream& out, const std::vector<TableHealth>& tables,
    const std::string& digest, bool ok, const std::vector<Finding>& findings,
    const std::vector<LiveService>& live)
{
    Json list = Json::array();
    for (const Finding& finding : findings) {
        list.push_back({ { "severity", std::string(to_string(finding.severity)) },
            { "id", finding.id }, { "file", finding.file }, { "line", line_or_null(finding.line) },
            { "column", line_or_null(finding.column) }, { "message", finding.message },
            { "hint", or_null(finding.hint) }, { "table", or_null(finding.table) } });
    }
    // One line for each table, also for those without findings.
    Json judged = Json::array();
    for (const TableHealth& table : tables) {
        judged.push_back({ { "table", table.table }, { "ok", table.is_sound } });
    }
    const TableMeasures all = sum_of(tables).measures;
    write_json(out,
        { { "schema", 1 }, { "table", tables.front().table }, { "digest", digest }, { "ok", ok },
            { "findings", list },
            { "unknown_expiry", all.is_known ? Json(all.unknown_expiry) : Json() },
            { "tables", judged }, { "live", json_of_services(live) } });
}

} // namespace relayctl
