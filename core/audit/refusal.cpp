// A refused client may have several reasons, and mending only the first would leave it refused. So
// all of them are named, in the order in which smtpd meets them, each with the command that mends
// it. A word that cannot be judged from outside makes a warning "depends" and no error.
#include "core/audit/refusal.hpp"

#include "core/audit/openness.hpp"
#include "core/audit/service_audit.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns whether the word asks whose destination or recipient it is. A listed client that
// permit_tls_clientcerts permits before it never meets it.
bool looks_at_destination(const std::string& word)
{
    return is_word_of(word,
        { "reject_unauth_destination", "defer_unauth_destination", "permit_auth_destination",
            "reject_unlisted_recipient" });
}

// Collects the reasons in the order in which smtpd meets them: whom it takes the client for, TLS,
// the trust in the certificate, then the restriction lists.
class Refusal : ServiceAudit {
public:
    Refusal(const ServiceFacts& facts, const RefusalQuestion& question, const Repair& repair)
        : ServiceAudit(facts, repair)
        , question_(question)
    {
    }

    std::vector<Finding> run()
    {
        // Whom smtpd takes the client for comes before everything else.
        if (question_.is_disguised) {
            explain_disguise();
        }
        append(question_.transport.problems);
        if (question_.transport.demands_trust && !facts_.trusted.value_or(false)) {
            explain_trust();
        }
        // A service that does not start never gets as far as its lists.
        if (question_.transport.starts) {
            explain_lists();
        }
        return take();
    }

private:
    // An error that is mended by one parameter.
    void add_setting(const char* id, std::string message, Setting setting)
    {
        add(repair_.with_settings(
            facts_, finding(Severity::error, id, std::move(message), ""), { std::move(setting) }));
    }

    // Explains smtpd_start_tls() in smtpd.c, which answers 421 to a certificate that is not
    // trusted. It is only a maybe if the CAs of the server cannot be read.
    void explain_trust()
    {
        const Setting not_demanded{ "smtpd_tls_req_ccert", "no" };
        if (facts_.trusted) {
            add_setting("ccert-untrusted",
                "smtpd_tls_req_ccert = yes: the certificate does not chain to a CA of the server, "
                "which answers 421",
                not_demanded);
        } else {
            add(Severity::error, "ccert-untrusted",
                "smtpd_tls_req_ccert = yes: depends on whether the certificate chains to a CA of "
                "the server",
                repair_.set(facts_, { not_demanded }));
        }
    }

    // The lists come in their order, and what the tables say of the client once behind them, since
    // several lists may depend on it.
    void explain_lists()
    {
        for (const Stage& stage : question_.stages) {
            if (!stage.verdict.surely_passes()) {
                explain_stage(stage);
            }
        }
        // A client that was refused before anybody asked for its listing is not helped by being
        // listed.
        if (listing_matters_ && question_.listing) {
            append(explain_listing(*question_.listing, facts_, question_.client, repair_));
        }
        // defer_if_permit takes effect after the last list, so it comes last.
        for (const Stage& stage : question_.stages) {
            if (stage.verdict.defers_if_permitted) {
                add_setting("defer-if-permit",
                    stage.list
                        + " has defer_if_permit: whoever is permitted is told to try again (450)",
                    { stage.list, without_restriction(stage.words, "defer_if_permit") });
            }
        }
        if (!facts_.parameter("smtpd_discard_ehlo_keyword_address_maps").empty()) {
            add(Severity::warning, "depends",
                "depends on smtpd_discard_ehlo_keyword_address_maps, which may hide STARTTLS from "
                "some clients");
        }
    }

    void explain_disguise()
    {
        const std::string& parameter = facts_.disguise.parameter;
        add(Severity::warning, "depends",
            parameter.empty()
                ? "depends on smtpd_authorized_xclient_hosts, which lets the client pass itself "
                  "off as another by XCLIENT"
                : "depends on " + parameter + " = " + quote(facts_.parameter(parameter))
                    + ": smtpd answers only who comes by a proxy, and takes it for whatever client "
                      "the proxy names");
    }

    void explain_stage(const Stage& stage)
    {
        for (const UnknownRestriction& unknown : stage.verdict.unknown) {
            explain_unknown(unknown, stage.list);
        }
        if (stage.verdict.stops()) {
            explain_stop(stage);
        }
    }

    // Explains a restriction that cannot be judged from outside. That a listing is unknown is
    // explained by the table.
    void explain_unknown(const UnknownRestriction& unknown, const std::string& list)
    {
        const std::string name = first_word(unknown.word);
        if (name == "permit_tls_clientcerts") {
            listing_matters_ = true; // it says why
            return;
        }
        listing_matters_ = listing_matters_ || looks_at_destination(name);
        // The list of destinations is what cannot be seen then, and not the word itself.
        const bool by_list = !facts_.elsewhere.is_ours && !facts_.elsewhere.parameter.empty()
            && looks_at_destination(name);
        add(Severity::warning, "depends",
            "depends on " + quote(unknown.word, 200) + " in " + list
                + (by_list ? ": what " + facts_.elsewhere.parameter + " takes in" : ", which")
                + " cannot be seen from outside");
    }

    // Explains the restriction that surely refuses. The order matters: the innermost word is more
    // telling than the class that has it.
    void explain_stop(const Stage& stage)
    {
        const ListVerdict& verdict = stage.verdict;
        const std::string decider = first_word(verdict.decided_by);
        if (first_word(verdict.innermost) == "reject_unlisted_recipient") {
            explain_unlisted_recipient(stage);
        } else if (first_word(verdict.innermost) == "permit_mynetworks") {
            append({ networks_fault(facts_, stage.list) });
        } else if (decider == "check_ccert_access") {
            explain_access(stage);
        } else if (decider == "permit_tls_clientcerts" || decider == "permit_tls_all_clientcerts") {
            listing_matters_ = true; // a table fails
        } else if (verdict.misconfigured) {
            explain_unknown_word(stage);
        } else {
            listing_matters_ = true;
            explain_restriction(stage);
        }
    }

    // A word that smtpd does not know is taken out. A class and an access table stay: they have
    // other words and entries, which may keep somebody out.
    void explain_unknown_word(const Stage& stage)
    {
        const ListVerdict& verdict = stage.verdict;
        const std::string message = stage.list + ": smtpd answers 451 at "
            + quote(verdict.decided_by, 200) + ": " + escape(verdict.because);
        const std::string& word = verdict.decided_by;
        if (!facts_.classes.contains(word) && word.find(':') == std::string::npos) {
            add_setting("restriction-unknown", message, without_decider(stage));
        } else {
            add(Severity::error, "restriction-unknown", message,
                "correct " + quote(verdict.innermost, 200)
                    + (facts_.classes.contains(word) ? " in that class"
                                                     : ", or what that table says to the client"));
        }
    }

    // The destination counts as ours, and has no such recipient.
    void explain_unlisted_recipient(const Stage& stage)
    {
        add(Severity::error, "recipient-unlisted",
            stage.list + ": " + facts_.elsewhere.parameter
                + " takes in every destination, and an invented recipient there is refused as "
                  "unknown",
            "name in " + facts_.elsewhere.parameter
                + " only the domains that this server is to take mail for");
    }

    // Explains a refusal by a word that is not about certificates: permit_tls_clientcerts is looked
    // at too early, too late or not at all.
    void explain_restriction(const Stage& stage)
    {
        const ListVerdict& verdict = stage.verdict;
        const std::string refuses = stage.list
            + (verdict.outcome == Outcome::try_again ? " puts off by " : " refuses by ")
            + quote(verdict.decided_by, 200);
        const bool presents = question_.transport.encrypts && question_.transport.asks;
        const Setting permit_first{ stage.list, permitting_first(stage.words) };
        // The certificate would have been presented in a later command, so the list only has to
        // wait for it.
        if (presents && !stage.client.presents) {
            add_setting("before-tls",
                refuses
                    + " before STARTTLS, when there is no certificate yet (smtpd_delay_reject = "
                      "no)",
                { "smtpd_delay_reject", "yes" });
        } else if (verdict.asked_listed) {
            return; // it would have been permitted if it were listed and came with its certificate
        } else if (names_restriction(stage.words, facts_.classes, "permit_tls_clientcerts")) {
            add_setting("permit-too-late", refuses + " before permit_tls_clientcerts is looked at",
                permit_first);
        } else {
            add_setting("permit-missing", refuses + " and does not have permit_tls_clientcerts",
                permit_first);
        }
    }

    // Explains what a table of check_ccert_access says to the client, from a fault of the
    // configuration to a plain refusal.
    void explain_access(const Stage& stage)
    {
        const ListVerdict& verdict = stage.verdict;
        const std::string what = stage.list + ": " + quote(verdict.decided_by, 200);
        if (verdict.misconfigured) {
            explain_misuse(stage, what);
        } else if (verdict.because == "smtpd does not understand its argument") {
            add(Severity::error, "ccert-access-fails",
                what + ": " + verdict.because + ", smtpd answers 451",
                "write it as TYPE:NAME, or as { TYPE:NAME, { search_order = cert_fingerprint, "
                "pubkey_fingerprint } }");
        } else if (verdict.because == "the table cannot be asked") {
            add(Severity::error, "ccert-access-fails",
                what + ": " + verdict.because + ", smtpd answers 451",
                "mend the table: postmap says what is wrong with it");
        } else if (verdict.outcome == Outcome::discard) {
            add(Severity::error, "ccert-access-discards",
                what + " accepts the message (250) and throws it away: " + quote(verdict.because),
                entry_in_access_table(verdict));
        } else {
            add(Severity::error, "ccert-access-rejects", what + " says " + quote(verdict.because),
                entry_in_access_table(verdict));
        }
    }

    // A table of relay_clientcerts has no actions, so it is taken out of the list. Of any other one
    // only this entry is wrong.
    void explain_misuse(const Stage& stage, const std::string& what)
    {
        const ListVerdict& verdict = stage.verdict;
        const std::string message = what + " gives " + quote(verdict.because)
            + ", which is no action of access(5): smtpd answers 451. A table for relay_clientcerts "
              "cannot serve here";
        const auto access = facts_.ccert_access.find(argument_of(verdict.decided_by));
        const bool is_listing = access != facts_.ccert_access.end()
            && std::any_of(facts_.tables.begin(), facts_.tables.end(),
                [&](const TableFacts& table) { return table.name == access->second.table.name; });
        if (is_listing) {
            add_setting("ccert-access-misused", message, without_decider(stage));
        } else {
            add(Severity::error, "ccert-access-misused", message, entry_in_access_table(verdict));
        }
    }

    // Returns the list of the stage without the word that decided.
    Setting without_decider(const Stage& stage) const
    {
        return { stage.list, without_restriction(stage.words, stage.verdict.decided_by) };
    }

    // Says which entry it is: what to do with it is the administrator's decision.
    std::string entry_in_access_table(const ListVerdict& verdict) const
    {
        const auto access = facts_.ccert_access.find(argument_of(verdict.decided_by));
        // The argument was not looked up, so no entry can be named.
        if (access == facts_.ccert_access.end()) {
            return "";
        }
        const TableFacts& table = access->second.table;
        for (std::size_t i = 0; i < question_.fingerprints.size() && i < table.answers.size();
             ++i) {
            if (table.answers[i] == LookupStatus::found) {
                return "if the client is to relay, change the entry "
                    + question_.fingerprints[i].fingerprint.to_string() + " in "
                    + escape(table.name);
            }
        }
        return "";
    }

    const RefusalQuestion& question_;
    bool listing_matters_
        = false; // somewhere the client was refused that a listed one would not have been
};

} // namespace

std::vector<Finding> explain_refusal(
    const ServiceFacts& facts, const RefusalQuestion& question, const Repair& repair)
{
    return Refusal(facts, question, repair).run();
}

} // namespace relayctl
