#include "app/render/json_value.hpp"
#include "app/render/test_report.hpp"

#include <algorithm>
#include <iterator>
#include <ostream>

namespace relayctl {

namespace {

Json json_of(const Finding& found)
{
    return { { "id", found.id }, { "message", found.message }, { "hint", or_null(found.hint) },
        { "severity", std::string(to_string(found.severity)) } };
}

Json json_of(const std::vector<Finding>& findings)
{
    Json list = Json::array();
    std::transform(findings.begin(), findings.end(), std::back_inserter(list),
        [](const Finding& found) { return json_of(found); });
    return list;
}

Json json_of(const Certificate& certificate, Time now)
{
    const auto& end = certificate.not_after;
    const auto left
        = end ? std::optional(std::chrono::floor<std::chrono::days>(*end - now)) : std::nullopt;
    return { { "subject", certificate.subject }, { "issuer", certificate.issuer },
        { "names", certificate.dns_names }, { "not_after", or_null(end) },
        { "days_left", left ? Json(left->count()) : Json() },
        { "fingerprint", certificate.fingerprint(Digest::by_name("sha256")).to_string() } };
}

Json json_of(const std::optional<SessionFacts>& session, Time now)
{
    if (!session) {
        return {};
    }
    Json steps = Json::array();
    for (const StepFacts& step : session->steps) {
        steps.push_back({ { "step", step.name }, { "ok", step.is_good },
            { "code", step.code == 0 ? Json() : Json(step.code) }, { "text", step.text },
            { "milliseconds", step.time.count() } });
    }
    const TlsShown& tls = session->tls;
    const bool has_tls = session->has_tls();
    return { { "address", or_null(session->address) },
        { "client_address", or_null(session->client_address) }, { "steps", steps },
        { "starttls", session->from_the_start ? Json(false) : or_null(session->offers_tls) },
        { "protocol", or_null(tls.protocol) }, { "cipher", or_null(tls.cipher) },
        { "server_certificate", tls.certificate ? json_of(*tls.certificate, now) : Json() },
        { "asks_for_certificate", has_tls ? Json(tls.asks_for_certificate) : Json() },
        { "authorities", has_tls ? Json(tls.authorities) : Json() },
        { "sent_certificate", tls.took_certificate }, { "relays", session->relays() },
        { "tried_again_after", or_null(session->tried_again_after) },
        { "error", or_null(session->problem) } };
}

Json json_of(const TestedServer& server, Time now)
{
    const auto& check = server.check;
    return { { "server", server.facts.name }, { "service", or_null(server.facts.service) },
        { "relays", or_null(server.verdict.relays) },
        { "reasons", json_of(server.verdict.reasons) }, { "digest", server.digest },
        { "cert", fingerprint_or_null(server.fingerprints, "cert") },
        { "key", fingerprint_or_null(server.fingerprints, "key") },
        { "with_certificate", json_of(server.facts.session, now) },
        { "without_certificate", json_of(server.facts.control, now) },
        { "check", check ? Json({ { "would_relay", or_null(check->would_relay) } }) : Json() },
        { "untested", or_null(server.facts.untested) } };
}

} // namespace

void write_json_test(
    std::ostream& out, std::optional<bool> relays, const TestResult& result, Time now)
{
    Json servers = Json::array();
    for (const TestedServer& server : result.servers) {
        servers.push_back(json_of(server, now));
    }
    const TestedServer& first = result.servers.front();
    write_json(out,
        { { "schema", 1 }, { "relays", or_null(relays) },
            { "subject", result.client.client.certificate->subject }, { "digest", first.digest },
            { "cert", fingerprint_or_null(first.fingerprints, "cert") },
            { "key", fingerprint_or_null(first.fingerprints, "key") },
            { "findings", json_of(result.findings) }, { "servers", servers } });
}

} // namespace relayctl
