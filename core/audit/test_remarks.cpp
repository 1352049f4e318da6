#include "core/audit/test_remarks.hpp"

#include "core/audit/table_finding.hpp"
#include "core/audit/validity_in_words.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

constexpr auto soon = std::chrono::hours(24) * 14; // before the end of a server's certificate

// What one session gives reason to say.
struct SessionRemarks {
    const SessionFacts& session;
    const TestQuestion& question;
    std::vector<Finding> found = {};

    std::vector<Finding> run()
    {
        if (session.has_tls()) {
            remark_on_protocol();
            if (session.tls.certificate) {
                remark_on_certificate(*session.tls.certificate);
            }
            remark_on_authorities();
        }
        remark_on_client();
        return std::move(found);
    }

    void add(Severity severity, const char* id, std::string message, std::string hint = {})
    {
        found.push_back(finding(severity, id, std::move(message), std::move(hint)));
    }

    void remark_on_protocol()
    {
        if (session.tls.protocol != "TLSv1.3" && session.tls.protocol != "TLSv1.2") {
            add(Severity::warning, "old-tls",
                "the server speaks " + session.tls.protocol + " at best, which most clients refuse",
                "on the server: let smtpd_tls_protocols and smtpd_tls_mandatory_protocols have "
                "TLSv1.2 and TLSv1.3");
        }
    }

    void remark_on_certificate(const Certificate& certificate)
    {
        if (const auto end = certificate.not_after; end && *end < question.now) {
            add(Severity::warning, "server-cert-expired",
                "the server's certificate expired on " + to_date(*end)
                    + ": clients that verify it end the session",
                "renew it on the server");
        } else if (end && *end - question.now < soon) {
            add(Severity::warning, "server-cert-expires",
                "the server's certificate expires in " + in_words(*end - question.now) + ", on "
                    + to_date(*end),
                "renew it on the server");
        }
        if (!question.server_name.empty() && !certificate.names_host(question.server_name)) {
            add(Severity::note, "server-cert-name",
                "the server's certificate does not name " + quote(question.server_name, 200)
                    + ": clients that verify the name end the session");
        }
    }

    void remark_on_authorities()
    {
        const auto& named = session.tls.authorities;
        const bool has_issuer = std::any_of(
            question.issuers.begin(), question.issuers.end(), [&](const std::string& issuer) {
                return std::find(named.begin(), named.end(), issuer) != named.end();
            });
        if (!named.empty() && !has_issuer) {
            add(Severity::note, "ca-names-sent",
                "the server names " + count_of(named.size(), "CA", "CAs")
                    + " to clients, and none issued this certificate: clients with GnuTLS (on "
                      "Debian msmtp, nullmailer and exim), Java and Go withhold it");
        }
    }

    void remark_on_client()
    {
        const Certificate* certificate = question.client.certificate;
        if (certificate != nullptr && certificate->not_after
            && *certificate->not_after < question.now) {
            add(Severity::note, "cert-expired", expired_in_words(*certificate->not_after));
        } else if (certificate != nullptr && certificate->not_before
            && question.now < *certificate->not_before) {
            add(Severity::note, "cert-not-yet-valid",
                not_yet_valid_in_words(*certificate->not_before));
        }
        if (!session.tried_again_after.empty() && session.relays()) {
            add(Severity::note, "tried-again",
                "the first session was refused for the time being: "
                    + quote(session.tried_again_after, 300));
        }
    }
};

} // namespace

std::vector<Finding> remarks_on_session(const SessionFacts& session, const TestQuestion& question)
{
    return SessionRemarks{ session, question }.run();
}

Finding readable_key(const WeakPoint& weak)
{
    return finding(Severity::warning, "key-readable",
        "the private key " + weak.to_string() + ": whoever has it relays as this client",
        weak.repair);
}

} // namespace relayctl
