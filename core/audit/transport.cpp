// Each step of the judgement has its own question: does smtpd start, does it want TLS, can it set
// TLS up, does it ask for a certificate. A step that fails makes those behind it meaningless, so
// they add nothing. The sources are smtpd.c and tls_server.c of Postfix.
#include "core/audit/transport.hpp"

#include "core/audit/reading_audit.hpp"
#include "core/audit/restrictions.hpp"
#include "core/audit/table_finding.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace relayctl {

namespace {

// Returns true if the list has this word, in any case of letters.
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
        // The word behind warn_if_reject refuses nobody, so it does not count.
        if (name == "warn_if_reject" && i + 1 < words.size()) {
            ++i;
            continue;
        }
        // What stands behind "permit" is never reached.
        if (name == "permit") {
            return false;
        }
        // A class may name itself, so each is looked into once.
        const auto expansion = facts.classes.find(words[i]);
        if (std::find(required.begin(), required.end(), name) != required.end()
            || (expansion != facts.classes.end() && entered.insert(words[i]).second
                && has_required(expansion->second, facts, entered))) {
            return true;
        }
    }
    return false;
}

// Returns whether smtpd starts with this list, as far as refusals are concerned.
bool refuses_anybody(const ServiceFacts& facts, const std::string& list)
{
    std::set<std::string> entered;
    return has_required(split_restrictions(facts.parameter(list)), facts, entered);
}

// Returns the digest that most entries of the tables were made with; sha256 if there are none.
// Empty if the entries cannot be seen.
std::string digest_of_entries(const ServiceFacts& facts)
{
    std::map<std::size_t, std::size_t> count; // of entries, by the size of their digest
    for (const TableFacts& table : facts.tables) {
        if (!table.source || table.is_database) {
            return "";
        }
        for (const Entry& entry : table.source->entries()) {
            if (const auto fingerprint = Fingerprint::from_key(table.source->key(entry))) {
                // The size of a fingerprint tells its digest, of those that are usual.
                ++count[fingerprint->size()];
            }
        }
    }
    const auto most = std::max_element(count.begin(), count.end(),
        [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == count.end() ? "sha256" : std::string(digest_of_size(most->first));
}

// Judges the start of smtpd, then its level of TLS, and at last TLS itself, which counts only where
// smtpd starts and wants it.
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
            add_setting("tls-off",
                "TLS is off: smtpd_tls_security_level = "
                    + quote(facts_.parameter("smtpd_tls_security_level"))
                    + ", so no client can present a certificate",
                { "smtpd_tls_security_level", "may" });
        }
        // A fault of TLS says nothing about a service that has none.
        if (result_.starts && wants_tls_) {
            judge_tls();
        }
        follow_reading(result_, wants_tls_, facts_, repair_);
        return std::move(result_);
    }

private:
    // Adds an error. With a mending, its command becomes the hint.
    void add(const char* id, std::string message, std::string hint, Mending mending = {})
    {
        Finding problem = finding(Severity::error, id, std::move(message), std::move(hint));
        result_.problems.push_back(mending.empty()
                ? std::move(problem)
                : repair_.with_mending(facts_, std::move(problem), std::move(mending)));
    }

    void add_setting(const char* id, std::string message, Setting setting)
    {
        add(id, std::move(message), "", { {}, false, { std::move(setting) } });
    }

    // smtpd ends with msg_fatal() before it greets a client, so the service answers nobody.
    void fail_to_start(const std::string& message, Setting setting)
    {
        result_.starts = false;
        add_setting("service-cannot-start", "smtpd ends with a fatal error: " + message,
            std::move(setting));
    }

    void forbid(const TableFacts& table)
    {
        if (!table.is_forbidden || facts_.has_changed(Change::forbidden_proxy_is_451)) {
            return;
        }
        result_.starts = false;
        // A name such as proxy:FILE has no type that proxymap could open.
        if (const auto name = TableName::parse_if_any(table.name);
            name && name->is_proxied() && !TableName::parse_if_any(name->path)) {
            add("service-cannot-start",
                "smtpd ends with a fatal error: " + escape(table.name)
                    + " has no type for the table behind proxymap",
                "write it as proxy:TYPE:NAME, and add it to proxy_read_maps");
            return;
        }
        add("proxy-not-allowed",
            "smtpd ends with a fatal error: " + escape(table.name) + " is not in proxy_read_maps",
            "", { {}, false, settings_to_allow(facts_, table.name) });
    }

    void judge_start()
    {
        judge_arguments();
        judge_table_names();
        for (const TableFacts& table : facts_.tables) {
            forbid(table);
        }
        for (const auto& [argument, access] : facts_.ccert_access) {
            forbid(access.table);
        }
        const std::string relay = "smtpd_relay_restrictions";
        const std::string recipient = "smtpd_recipient_restrictions";
        if (!refuses_anybody(facts_, relay) && !refuses_anybody(facts_, recipient)) {
            // The list that has words gets the refusal, so that no empty list is filled beside it.
            const std::string& list
                = facts_.parameter(relay).empty() && !facts_.parameter(recipient).empty()
                ? recipient
                : relay;
            fail_to_start("neither smtpd_relay_restrictions nor smtpd_recipient_restrictions "
                          "refuses anybody",
                { list, refusing_at_the_end(facts_, list) });
        }
    }

    // Words of master.cf that belong to no option stay arguments, and smtpd_service() in smtpd.c
    // takes none: "unexpected command-line argument".
    void judge_arguments()
    {
        if (facts_.service.stray_words.empty()) {
            return;
        }
        result_.starts = false;
        add("service-cannot-start",
            "smtpd ends with a fatal error: master.cf gives it the argument "
                + quote(facts_.service.stray_words.front()) + ", which belongs to no option",
            "write the value of the -o in front of it without blanks, or as -o { name = value }");
    }

    void judge_table_names()
    {
        const auto tables = split_list(facts_.parameter("relay_clientcerts"));
        const auto typed = tables_with_types(facts_);
        // A '#' behind the tables makes the words of a comment into tables without a type.
        const bool has_comment = typed.size() != tables.size();
        const auto nameless = std::find_if(tables.begin(), tables.end(),
            [](const std::string& name) { return name.find(':') == std::string::npos; });
        if ((nameless == tables.end() && !has_comment)
            || facts_.has_changed(Change::nameless_type_is_451)) {
            return;
        }
        const std::string& named = nameless == tables.end() ? tables[typed.size()] : *nameless;
        fail_to_start("relay_clientcerts names " + quote(named) + " without a type",
            { "relay_clientcerts", join(typed, ", ") });
    }

    void judge_level()
    {
        result_.from_the_start = facts_.is_on("smtpd_tls_wrappermode");
        bool enforces = facts_.is_on("smtpd_enforce_tls");
        bool uses = facts_.is_on("smtpd_use_tls");
        const std::string level = to_lower(facts_.parameter("smtpd_tls_security_level"));
        // In wrapper mode TLS is on whatever the level says. Else the level replaces the two older
        // parameters (smtpd.c, pre_jail_init()).
        if (!result_.from_the_start && !level.empty()) {
            enforces = level == "encrypt" || level == "fingerprint" || level == "verify"
                || level == "secure";
            uses = enforces || level == "may";
            if (!uses && level != "none") {
                fail_to_start("smtpd_tls_security_level = " + quote(level)
                        + ": there is no such level for a server",
                    { "smtpd_tls_security_level", "may" });
            }
        }
        result_.enforces = result_.from_the_start || enforces;
        wants_tls_ = uses || result_.enforces;
        // smtpd ignores smtpd_tls_req_ccert where TLS is not enforced, with a warning in the log.
        result_.demands_trust = result_.enforces && facts_.is_on("smtpd_tls_req_ccert");
        result_.asks = facts_.is_on("smtpd_tls_ask_ccert") || result_.demands_trust;
    }

    void judge_tls()
    {
        judge_digest();
        // A broken certificate, CA file or digest makes tls_server_init() fail, and smtpd goes on
        // without TLS.
        judge_own_certificate();
        if (!facts_.authorities_problem.empty()) {
            add("tls-authorities-broken",
                "smtpd cannot load its CAs and disables TLS: " + facts_.authorities_problem,
                "mend the file that smtpd_tls_CAfile names, or name another one there: it has "
                "certificates in PEM");
        }
        const std::string& hidden = facts_.parameter("smtpd_discard_ehlo_keywords");
        if (!result_.from_the_start && names_word(hidden, "starttls")) {
            auto words = split_list(hidden);
            std::erase_if(words,
                [](const std::string& word) { return equal_ignoring_case(word, "starttls"); });
            add_setting("tls-off", "smtpd_discard_ehlo_keywords hides STARTTLS from every client",
                { "smtpd_discard_ehlo_keywords", join(words, ", ") });
        }
        // That the client is not asked is no obstacle to TLS, so it is judged behind it.
        result_.encrypts = result_.problems.empty();
        if (!result_.asks) {
            add_setting("ask-ccert-off",
                "smtpd_tls_ask_ccert = no: the client is never asked for its certificate",
                { "smtpd_tls_ask_ccert", "yes" });
        }
    }

    void judge_digest()
    {
        if (facts_.digest) {
            return;
        }
        const std::string message = "smtpd_tls_fingerprint_digest = "
            + quote(facts_.parameter("smtpd_tls_fingerprint_digest"))
            + ": smtpd does not know this digest and disables TLS altogether";
        // The digest of the hint is that of the entries, if they can be seen: any other would lock
        // out all clients.
        const std::string fitting = digest_of_entries(facts_);
        if (fitting.empty()) {
            add("digest-unknown", message,
                "set smtpd_tls_fingerprint_digest to the digest with which the entries were made "
                "(relayctl verify says of each which one it fits), then reload Postfix");
        } else {
            add_setting("digest-unknown", message, { "smtpd_tls_fingerprint_digest", fitting });
        }
    }

    void judge_own_certificate()
    {
        const std::string& certificate = facts_.parameter("smtpd_tls_cert_file");
        const bool wants_none = equal_ignoring_case(certificate, "none");
        const bool has_certificate = (!certificate.empty() && !wants_none)
            || !facts_.parameter("smtpd_tls_eccert_file").empty()
            || !facts_.parameter("smtpd_tls_dcert_file").empty()
            || !facts_.parameter("smtpd_tls_chain_files").empty();
        // smtpd_tls_cert_file = none means TLS without any certificate, but not where clients are
        // asked for theirs.
        if (!has_certificate && (!wants_none || result_.asks)) {
            add("tls-no-certificate",
                "the server has no certificate of its own (smtpd_tls_cert_file, "
                "smtpd_tls_chain_files), so TLS is off",
                "name its key and its certificate in smtpd_tls_chain_files; \""
                    + repair_.postfix("tls new-server-cert") + "\" makes them",
                { {}, true, {} });
        } else if (!facts_.certificate_problem.empty()) {
            add("tls-certificate-broken",
                "smtpd cannot load its own certificate and disables TLS: "
                    + facts_.certificate_problem,
                "mend the file, or name another one; \"" + repair_.postfix("tls new-server-cert")
                    + "\" makes a key and a certificate");
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
