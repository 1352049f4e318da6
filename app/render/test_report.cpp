#include "app/render/test_report.hpp"

#include "app/cli/report.hpp"
#include "app/render/text.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <ostream>
#include <string>

namespace relayctl {

namespace {

constexpr std::size_t most_text = 300; // of a reply

std::string shown(const std::string& text)
{
    return escape(text.substr(0, most_text)) + (text.size() > most_text ? "..." : "");
}

std::string padded(std::string text)
{
    text.resize(std::max<std::size_t>(text.size() + 1, 10), ' ');
    return text;
}

void write_step(
    Context& context, std::optional<bool> good, const std::string& name, const std::string& text)
{
    context.out() << "  " << mark_of(context, good) << padded(name) << text << '\n';
}

// How many days a certificate of the server is still valid.
std::string validity(const Certificate& certificate, Time now)
{
    if (!certificate.not_after) {
        return "its end cannot be read";
    }
    const auto left = *certificate.not_after - now;
    return left.count() < 0
        ? "expired on " + to_date(*certificate.not_after)
        : std::to_string(std::chrono::duration_cast<std::chrono::days>(left).count())
            + " days left (until " + to_date(*certificate.not_after) + ')';
}

// What TLS showed: the server's certificate, its request, and what was sent.
void write_tls(Context& context, const TlsShown& tls, bool is_control)
{
    if (tls.certificate) {
        const Time now = context.now();
        const auto& end = tls.certificate->not_after;
        write_step(context, !end || *end >= now, "server",
            shown(tls.certificate->subject) + ", " + validity(*tls.certificate, now));
    }
    std::string request = "the server asks for a certificate and names no CA";
    if (!tls.asks_for_certificate) {
        request = "the server does not ask for a certificate";
    } else if (!tls.authorities.empty()) {
        request = "the server asks for a certificate and names "
            + count_of(tls.authorities.size(), "CA", "CAs") + ": "
            + shown(join(tls.authorities, ", "));
    }
    write_step(context, tls.asks_for_certificate, "request", request);
    if (tls.asks_for_certificate && !is_control) {
        write_step(context, tls.took_certificate, "sent",
            tls.took_certificate ? "the certificate, and proof of its key" : "no certificate");
    }
}

void write_session(Context& context, const SessionFacts& session, bool is_control)
{
    if (!session.tried_again_after.empty()) {
        write_step(context, std::nullopt, "again",
            "the second session, since the first was answered " + shown(session.tried_again_after));
    }
    for (const StepFacts& step : session.steps) {
        write_step(context, step.is_good, step.name,
            shown(step.text) + " (" + std::to_string(step.time.count()) + " ms)");
        if (step.name == "TLS" && step.is_good) {
            write_tls(context, session.tls, is_control);
        }
    }
    if (session.steps.empty()) {
        write_step(context, false, "connect", shown(session.problem));
    }
}

std::string sentence_of(const TestedServer& server)
{
    if (!server.facts.untested.empty()) {
        return "not tested: " + escape(server.facts.untested);
    }
    if (!server.verdict.relays) {
        if (server.verdict.is_answered && !server.facts.session) {
            return "nobody can tell without the private key whether it relays because of the "
                   "certificate";
        }
        return server.verdict.is_answered ? "relays, and nobody knows whether by the certificate"
                                          : "no usable answer";
    }
    return *server.verdict.relays ? "relays because of the certificate"
                                  : "does not relay because of the certificate";
}

void write_server(Context& context, const TestedServer& server)
{
    std::ostream& out = context.out();
    out << '\n' << escape(server.facts.name);
    if (!server.facts.service.empty() && server.facts.service != server.facts.name) {
        out << ", " << escape(server.facts.service) << " of this machine";
    }
    out << '\n';
    if (server.facts.session) {
        write_session(context, *server.facts.session, false);
    }
    if (server.facts.control) {
        out << "  without a certificate:\n";
        write_session(context, *server.facts.control, true);
    }
    out << mark_of(context, server.verdict.relays) << sentence_of(server) << '\n';
    for (const Finding& reason : server.verdict.reasons) {
        write_reason(context, reason);
    }
}

void write_plain_session(std::ostream& out, const std::string& server, const char* session,
    const std::optional<SessionFacts>& facts)
{
    if (!facts) {
        return;
    }
    for (const StepFacts& step : facts->steps) {
        out << server << '\t' << session << '\t' << step.name << '\t'
            << (step.is_good ? "ok" : "failed") << '\t' << shown(step.text) << '\n';
    }
}

void write_plain(std::ostream& out, const TestedServer& server)
{
    const std::string name = escape(server.facts.name);
    write_plain_session(out, name, "with", server.facts.session);
    write_plain_session(out, name, "without", server.facts.control);
    std::vector<std::string> ids;
    for (const Finding& reason : server.verdict.reasons) {
        ids.push_back(reason.id);
    }
    const auto& relays = server.verdict.relays;
    out << name << "\tanswer\t"
        << (relays                              ? (*relays ? "yes" : "no")
                   : server.verdict.is_answered ? "unknown"
                                                : "none")
        << '\t' << join(ids, ",") << '\n';
}

} // namespace

void write_test(Context& context, const TestResult& result)
{
    std::ostream& out = context.out();
    if (context.options.plain) {
        for (const TestedServer& server : result.servers) {
            write_plain(out, server);
        }
        return;
    }
    const Client& client = result.client.client;
    out << client.name << ": " << escape(client.certificate->subject) << '\n';
    const TestedServer* before = nullptr;
    for (const TestedServer& server : result.servers) {
        for (const ClientFingerprint& known : server.fingerprints) {
            if (before == nullptr || before->digest != server.digest) {
                // The kinds are "cert" and "key".
                out << "  " << server.digest << ' ' << known.kind
                    << (known.kind == "key" ? "   " : "  ") << known.fingerprint.to_string()
                    << '\n';
            }
        }
        before = &server;
    }
    for (const Finding& found : result.findings) {
        write_reason(context, found);
    }
    for (const TestedServer& server : result.servers) {
        write_server(context, server);
    }
}

void report_refusals(Context& context, const TestResult& result)
{
    for (const TestedServer& server : result.servers) {
        const std::optional<bool>& relays = server.verdict.relays;
        const auto& reasons = server.verdict.reasons;
        const std::string line = escape(server.facts.name) + ": "
            + (reasons.empty() ? sentence_of(server) : reasons.front().message);
        if (!relays && server.verdict.is_answered) {
            report_warning(context, line);
        } else if (!relays.value_or(false)) {
            report_error(context, Error(ErrorKind::refused, line));
        }
    }
}

} // namespace relayctl
