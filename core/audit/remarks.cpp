#include "core/audit/remarks.hpp"

#include "core/audit/login_in_words.hpp"
#include "core/audit/service_audit.hpp"
#include "core/audit/validity_in_words.hpp"
#include "core/base/text.hpp"
#include "core/table/refusing_value.hpp"

namespace relayctl {

namespace {

void add_dates(FindingList& remarks, const Certificate& certificate, Time now)
{
    if (!certificate.not_before || !certificate.not_after) {
        remarks.add(Severity::warning, "cert-date-unreadable",
            "a date of the certificate cannot be read: whether it has expired is not known; "
            "Postfix does not look at that");
    }
    if (certificate.not_after && *certificate.not_after < now) {
        remarks.add(Severity::warning, "cert-expired", expired_in_words(*certificate.not_after));
    }
    if (certificate.not_before && *certificate.not_before > now) {
        remarks.add(Severity::warning, "cert-not-yet-valid",
            not_yet_valid_in_words(*certificate.not_before));
    }
}

// From 3.9 on a client may send a raw public key instead of a certificate
// (smtpd_tls_enable_rpk). smtpd has only the key's fingerprint then, so an entry of the
// certificate does not match.
void add_raw_public_key(FindingList& remarks, const ServiceFacts& facts,
    const RemarkQuestion& question, const Repair& repair)
{
    if (!question.would_relay.value_or(false) || !facts.is_on("smtpd_tls_enable_rpk")
        || !question.match || question.match->kind != "cert") {
        return;
    }
    // The command needs both a way to name the client and a host that can be pasted.
    const std::string host = words_for_host(question.match->host);
    const std::string& client = question.client.add_words;
    const std::string words
        = client.empty() || host.empty() ? "" : "add --key " + client + ' ' + host;
    remarks.add(Severity::warning, "rpk-cert-only",
        "smtpd_tls_enable_rpk = yes: a client that sends a raw public key has no certificate "
        "fingerprint, and only that one is listed",
        repair.relayctl(words, question.match->table));
}

} // namespace

std::vector<Finding> remarks_on(
    const ServiceFacts& facts, const RemarkQuestion& question, const Repair& repair)
{
    FindingList remarks;
    // What this user cannot read was taken to be sound, which must be told with any verdict.
    for (const std::string& unseen : facts.unseen) {
        remarks.add(Severity::note, "unseen",
            escape(unseen) + " cannot be read by this user, so it is taken to be sound",
            "run it as root");
    }
    if (const Certificate* certificate = question.client.certificate) {
        add_dates(remarks, *certificate, question.now);
    }
    add_raw_public_key(remarks, facts, question, repair);
    if (question.match && question.would_relay.value_or(false)
        && means_refusal(question.match->host)) {
        remarks.add(Severity::warning, "value-means-refusal",
            refusal_in_words(question.match->host), "remove the entry to revoke the client");
    }
    const Transport& transport = question.transport;
    // smtpd_tls_CApath is not sent as a hint to the client, and smtpd_tls_CAfile is (TLS_README).
    if (transport.encrypts && transport.asks && !facts.parameter("smtpd_tls_CAfile").empty()
        && facts.issuer_is_named == std::optional(false)) {
        remarks.add(Severity::note, "ca-names-sent", withheld_in_words(),
            "move the CAs into a directory (smtpd_tls_CApath, openssl rehash): its names are "
            "not sent");
    }
    // A milter answers after the restrictions, so it matters only where they may permit.
    if (!facts.parameter("smtpd_milters").empty() && question.would_relay != std::optional(false)) {
        remarks.add(Severity::note, "milter",
            "a milter may refuse all the same: smtpd_milters = "
                + quote(facts.parameter("smtpd_milters"), 200));
    }
    return remarks.take();
}

} // namespace relayctl
