#include "core/audit/transport.hpp"

#include "core/audit/restrictions.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace relayctl {

namespace {

Finding problem(const char* id, std::string message, std::string hint)
{
    return { Severity::error, id, "", 0, 0, std::move(message), std::move(hint) };
}

bool names_word(const std::string& list, std::string_view word)
{
    const auto words = split_list(list);
    return std::any_of(words.begin(), words.end(),
        [&](const std::string& w) { return equal_ignoring_case(w, word); });
}

// has_required() in smtpd_check.c: one of these must be in the relay or the recipient list.
// entered: classes that were looked into already.
bool has_required(const std::vector<std::string>& words, const ServiceFacts& facts,
    std::set<std::string>& entered)
{
    static constexpr std::array<std::string_view, 6> required = { "reject_unauth_destination",
        "defer_unauth_destination", "reject", "defer", "defer_if_permit", "check_relay_domains" };
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string name = to_lower(words[i]);
        if (name == "warn_if_reject" && i + 1 < words.size()) {
            ++i;
            continue;
        }
        if (name == "permit") {
            return false;
        }
        const auto expansion = facts.classes.find(words[i]);
        if (std::find(required.begin(), required.end(), name) != required.end()
            || (expansion != facts.classes.end() && entered.insert(words[i]).second
                && has_required(expansion->second, facts, entered))) {
            return true;
        }
    }
    return false;
}

bool refuses_anybody(const ServiceFacts& facts, const std::string& list)
{
    std::set<std::string> entered;
    return has_required(split_restrictions(facts.parameter(list)), facts, entered);
}

class TransportJudge {
public:
    TransportJudge(const ServiceFacts& facts, const Repair& repair)
        : facts_(facts)
        , repair_(repair)
    {
    }

    Transport run()
    {
        judge_start();
        judge_level();
        if (result_.starts && !wants_tls_) {
            add("tls-off",
                "TLS is off: smtpd_tls_security_level = "
                    + quote(facts_.parameter("smtpd_tls_security_level"))
                    + ", so no client can present a certificate",
                repair_.set(facts_, "smtpd_tls_security_level", "may"));
        }
        if (result_.starts && wants_tls_) {
            judge_tls();
        }
        return std::move(result_);
    }

private:
    void add(const char* id, std::string message, std::string hint)
    {
        result_.problems.push_back(problem(id, std::move(message), std::move(hint)));
    }

    void fail_to_start(const std::string& message, std::string hint)
    {
        result_.starts = false;
        add("service-cannot-start", "smtpd ends with a fatal error: " + message, std::move(hint));
    }

    // Observed: dict_proxy_open() is fatal where proxymap does not allow the table (dict_proxy.c).
    void forbid(const TableFacts& table)
    {
        result_.starts = false;
        add("proxy-not-allowed",
            "smtpd ends with a fatal error: " + escape(table.name) + " is not in proxy_read_maps",
            repair_.append(facts_, "proxy_read_maps", table.name));
    }

    void judge_start()
    {
        for (const TableFacts& table : facts_.tables) {
            if (table.name.find(':') == std::string::npos) {
                auto tables = split_list(facts_.parameter("relay_clientcerts"));
                std::replace(tables.begin(), tables.end(), table.name,
                    facts_.parameter("default_database_type") + ':' + table.name);
                fail_to_start("relay_clientcerts names " + quote(table.name) + " without a type",
                    repair_.set(facts_, "relay_clientcerts", join(tables, ", ")));
            }
        }
        for (const TableFacts& table : facts_.tables) {
            if (table.is_forbidden) {
                forbid(table);
            }
        }
        for (const auto& [argument, access] : facts_.ccert_access) {
            if (access.table.is_forbidden) {
                forbid(access.table);
            }
        }
        if (!refuses_anybody(facts_, "smtpd_relay_restrictions")
            && !refuses_anybody(facts_, "smtpd_recipient_restrictions")) {
            fail_to_start(
                "neither smtpd_relay_restrictions nor smtpd_recipient_restrictions refuses anybody",
                repair_.set(facts_, "smtpd_relay_restrictions",
                    "permit_mynetworks, permit_tls_clientcerts, reject_unauth_destination"));
        }
    }

    void judge_level()
    {
        result_.from_the_start = facts_.is_on("smtpd_tls_wrappermode");
        bool enforces = facts_.is_on("smtpd_enforce_tls");
        bool uses = facts_.is_on("smtpd_use_tls");
        const std::string level = to_lower(facts_.parameter("smtpd_tls_security_level"));
        if (!result_.from_the_start && !level.empty()) {
            enforces = level == "encrypt" || level == "fingerprint" || level == "verify"
                || level == "secure";
            uses = enforces || level == "may";
            if (!uses && level != "none") {
                fail_to_start("smtpd_tls_security_level = " + quote(level)
                        + ": there is no such level for a server",
                    repair_.set(facts_, "smtpd_tls_security_level", "may"));
            }
        }
        result_.enforces = result_.from_the_start || enforces;
        wants_tls_ = uses || result_.enforces;
        result_.demands_trust = result_.enforces && facts_.is_on("smtpd_tls_req_ccert");
        result_.asks = facts_.is_on("smtpd_tls_ask_ccert") || result_.demands_trust;
    }

    void judge_tls()
    {
        const std::string& certificate = facts_.parameter("smtpd_tls_cert_file");
        const bool wants_none = equal_ignoring_case(certificate, "none");
        const bool has_certificate = (!certificate.empty() && !wants_none)
            || !facts_.parameter("smtpd_tls_eccert_file").empty()
            || !facts_.parameter("smtpd_tls_dcert_file").empty()
            || !facts_.parameter("smtpd_tls_chain_files").empty();
        if (!facts_.digest) {
            add("digest-unknown",
                "smtpd_tls_fingerprint_digest = "
                    + quote(facts_.parameter("smtpd_tls_fingerprint_digest"))
                    + ": smtpd does not know this digest and disables TLS altogether",
                repair_.set(facts_, "smtpd_tls_fingerprint_digest", "sha256"));
        }
        if (!has_certificate && (!wants_none || result_.asks)) {
            add("tls-no-certificate",
                "the server has no certificate of its own (smtpd_tls_cert_file, "
                "smtpd_tls_chain_files), so TLS is off",
                repair_.postfix("tls enable-server") + " && " + repair_.reload());
        } else if (!facts_.certificate_problem.empty()) {
            add("tls-certificate-broken",
                "smtpd cannot load its own certificate and disables TLS: "
                    + facts_.certificate_problem,
                repair_.postfix("tls new-server-cert") + "   # or mend the file");
        }
        if (!facts_.authorities_problem.empty()) {
            add("tls-authorities-broken",
                "smtpd cannot load its CAs and disables TLS: " + facts_.authorities_problem,
                repair_.set(facts_, "smtpd_tls_CAfile", ""));
        }
        if (!result_.from_the_start
            && names_word(facts_.parameter("smtpd_discard_ehlo_keywords"), "starttls")) {
            add("tls-off", "smtpd_discard_ehlo_keywords hides STARTTLS from every client",
                repair_.set(facts_, "smtpd_discard_ehlo_keywords", ""));
        }
        result_.encrypts = result_.problems.empty();
        if (!result_.asks) {
            add("ask-ccert-off",
                "smtpd_tls_ask_ccert = no: the client is never asked for its certificate",
                repair_.set(facts_, "smtpd_tls_ask_ccert", "yes"));
        }
    }

    const ServiceFacts& facts_;
    const Repair& repair_;
    bool wants_tls_ = false;
    Transport result_;
};

} // namespace

Transport judge_transport(const ServiceFacts& facts, const Repair& repair)
{
    return TransportJudge(facts, repair).run();
}

} // namespace relayctl
