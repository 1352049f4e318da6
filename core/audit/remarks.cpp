#include "core/audit/remarks.hpp"

#include "core/audit/login_in_words.hpp"
#include "core/audit/table_finding.hpp"
#include "core/audit/validity_in_words.hpp"
#include "core/base/text.hpp"
#include "core/table/refusing_value.hpp"

namespace relayctl {

namespace {

// Adds remarks one after the other; none of them changes the verdict.
class Remarks {
public:
    Remarks(const ServiceFacts& facts, const RemarkQuestion& question, const Repair& repair)
        : facts_(facts)
        , question_(question)
        , repair_(repair)
    {
    }

    std::vector<Finding> run()
    {
        // What this user cannot read was taken to be sound, which must be told with any verdict.
        for (const std::string& unseen : facts_.unseen) {
            add(Severity::note, "unseen",
                escape(unseen) + " cannot be read by this user, so it is taken to be sound",
                "run it as root");
        }
        // Of a fingerprint or a key no dates are known.
        if (const Certificate* certificate = question_.client.certificate) {
            add_dates(*certificate);
        }
        add_raw_public_key();
        if (question_.match && question_.would_relay.value_or(false)
            && means_refusal(question_.match->host)) {
            add(Severity::warning, "value-means-refusal", refusal_in_words(question_.match->host),
                "remove the entry to revoke the client");
        }
        const Transport& transport = question_.transport;
        // smtpd_tls_CApath is not sent as a hint to the client, and smtpd_tls_CAfile is
        // (TLS_README).
        if (transport.encrypts && transport.asks && !facts_.parameter("smtpd_tls_CAfile").empty()
            && facts_.issuer_is_named == std::optional(false)) {
            add(Severity::note, "ca-names-sent", withheld_in_words(),
                "move the CAs into a directory (smtpd_tls_CApath, openssl rehash): its names are "
                "not sent");
        }
        // A milter answers after the restrictions, so it matters only where they may permit.
        if (!facts_.parameter("smtpd_milters").empty()
            && question_.would_relay != std::optional(false)) {
            add(Severity::note, "milter",
                "a milter may refuse all the same: smtpd_milters = "
                    + quote(facts_.parameter("smtpd_milters"), 200));
        }
        return std::move(found_);
    }

private:
    void add(Severity severity, const char* id, std::string message, std::string hint = {})
    {
        found_.push_back(finding(severity, id, std::move(message), std::move(hint)));
    }

    void add_dates(const Certificate& certificate)
    {
        if (!certificate.not_before || !certificate.not_after) {
            add(Severity::warning, "cert-date-unreadable",
                "a date of the certificate cannot be read: whether it has expired is not known; "
                "Postfix does not look at that");
        }
        if (certificate.not_after && *certificate.not_after < question_.now) {
            add(Severity::warning, "cert-expired", expired_in_words(*certificate.not_after));
        }
        if (certificate.not_before && *certificate.not_before > question_.now) {
            add(Severity::warning, "cert-not-yet-valid",
                not_yet_valid_in_words(*certificate.not_before));
        }
    }

    // From 3.9 on a client may send a raw public key instead of a certificate
    // (smtpd_tls_enable_rpk). smtpd has only the key's fingerprint then, so an entry of the
    // certificate does not match.
    void add_raw_public_key()
    {
        if (!question_.would_relay.value_or(false) || !facts_.is_on("smtpd_tls_enable_rpk")
            || !question_.match || question_.match->kind != "cert") {
            return;
        }
        // The command needs both a way to name the client and a host that can be pasted.
        const std::string host = words_for_host(question_.match->host);
        const std::string& client = question_.client.add_words;
        const std::string words
            = client.empty() || host.empty() ? "" : "add --key " + client + ' ' + host;
        add(Severity::warning, "rpk-cert-only",
            "smtpd_tls_enable_rpk = yes: a client that sends a raw public key has no certificate "
            "fingerprint, and only that one is listed",
            repair_.relayctl(words, question_.match->table));
    }

    const ServiceFacts& facts_;
    const RemarkQuestion& question_;
    const Repair& repair_;
    std::vector<Finding> found_;
};

} // namespace

std::vector<Finding> remarks_on(
    const ServiceFacts& facts, const RemarkQuestion& question, const Repair& repair)
{
    return Remarks(facts, question, repair).run();
}

} // namespace relayctl
