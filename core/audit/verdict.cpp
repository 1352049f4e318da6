// The verdict is one answer with its reasons. The answer comes of three steps: what the transport
// allows, what the tables say, what each list decides. What cannot be known makes the answer
// "depends" (no value) unless it could change nothing. Reasons are collected afterwards, and never
// decide.
#include "core/audit/verdict.hpp"

#include "core/audit/joint_repair.hpp"
#include "core/audit/live_audit.hpp"
#include "core/audit/login_in_words.hpp"
#include "core/audit/openness.hpp"
#include "core/audit/raw_key.hpp"
#include "core/audit/refusal.hpp"
#include "core/audit/remarks.hpp"
#include "core/audit/stages.hpp"
#include "core/audit/table_finding.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Judges one service in the order of docs/judging.md: transport, listing, stages. Then it explains
// the verdict.
class VerdictJudge {
public:
    VerdictJudge(const ServiceFacts& facts, const Question& question, const Repair& repair)
        : facts_(facts)
        , question_(question)
        , repair_(repair)
        , transport_(judge_transport(facts, repair))
        , has_tls_configured_(transport_.encrypts)
        , running_(follow_running_service(transport_, facts, repair))
    {
        judge_login();
        if (question.assumed) {
            listing_.listed = *question.assumed;
        } else {
            listing_ = look_up(facts, question.client);
        }
        // The running smtpd computes fingerprints as it was configured before, which nobody knows.
        if (!facts.digest && transport_.encrypts && transport_.asks) {
            listing_.listed = Listed::unknown;
        }
    }

    // Runs the judgement. Reasons of a refusal and of a permission exclude each other; remarks come
    // behind either.
    Verdict run()
    {
        result_.service = facts_.service.name;
        result_.live = facts_.live;
        if (facts_.digest) {
            result_.digest = facts_.digest->name();
            result_.fingerprints = question_.client.fingerprints(*facts_.digest);
        }
        for (const TableFacts& table : facts_.tables) {
            result_.tables.push_back(table.name);
        }
        result_.match = listing_.match;
        stages_ = judge_stages(facts_, transport_, listing_.listed, result_.fingerprints);
        const bool is_disguised = decide();
        append(std::move(running_));
        if (result_.would_relay.value_or(false)) {
            explain_permission();
        } else {
            append(explain_refusal(facts_,
                { question_.client, transport_, stages_, result_.fingerprints,
                    question_.assumed ? std::nullopt : std::optional(listing_), is_disguised },
                repair_));
        }
        append(remarks_on(facts_,
            { question_.client, transport_, listing_.match, result_.would_relay, question_.now },
            repair_));
        if (!question_.assumed) {
            append(remarks_on_raw_key(
                facts_, question_.client, transport_, result_.would_relay, listing_.match));
        }
        return std::move(result_);
    }

private:
    // A client that shows a certificate with such a key gets no session at all.
    void judge_login()
    {
        // Logins were tried as it is configured now, which says nothing where only the running
        // smtpd has TLS.
        if (!facts_.login || !has_tls_configured_ || !transport_.encrypts || !transport_.asks) {
            return;
        }
        const auto problem = login_problem_in_words(
            *question_.client.public_key(), *facts_.login, facts_.login_terms);
        if (!problem) {
            return;
        }
        login_is_partial_ = facts_.login->is_possible();
        cannot_log_in_ = !login_is_partial_;
        transport_.problems.push_back(
            finding(login_is_partial_ ? Severity::warning : Severity::error,
                login_is_partial_ ? "key-one-tls-version" : "key-cannot-log-in", *problem,
                "let the client use a key of another kind, such as EC P-256, RSA of 2048 bits, "
                "Ed25519"));
    }

    // Returns true if the client does not surely relay without showing a certificate.
    bool needs_certificate() const
    {
        Transport without = transport_;
        without.asks = false;
        const auto stages = judge_stages(facts_, without, listing_.listed, result_.fingerprints);
        return std::any_of(stages.begin(), stages.end(),
            [&](const Stage& s) { return !passes(s.verdict, question_.unseen_is_silent); });
    }

    // Returns whether it depends on whom smtpd takes the client for.
    bool decide()
    {
        const auto any = [&](auto&& predicate) {
            return std::any_of(stages_.begin(), stages_.end(), predicate);
        };
        // These end the session before any list is asked.
        const bool no_service = !transport_.starts || !transport_.runs
            || (transport_.enforces && !transport_.encrypts);
        const bool untrusted = transport_.demands_trust && facts_.trusted == std::optional(false);
        const bool defers = any([](const Stage& s) { return s.verdict.surely_defers; });
        if (no_service || untrusted || defers || (cannot_log_in_ && needs_certificate())
            || any([](const Stage& s) { return s.verdict.surely_stops(); })) {
            result_.would_relay = false;
        } else if (any([&](const Stage& s) {
                       return !passes(s.verdict, question_.unseen_is_silent);
                   })
            || (transport_.demands_trust && !facts_.trusted)
            || !facts_.parameter("smtpd_discard_ehlo_keyword_address_maps").empty()) {
            result_.would_relay = std::nullopt;
        } else {
            result_.would_relay = true;
        }
        // A client that relays without its certificate needs no login by its key.
        if (result_.would_relay.value_or(false)
            && (cannot_log_in_ || (login_is_partial_ && needs_certificate()))) {
            result_.would_relay = std::nullopt;
        }
        const bool is_disguised = !no_service && depends_on_disguise();
        if (is_disguised) {
            result_.would_relay = std::nullopt;
        }
        return is_disguised;
    }

    // A proxy decides whom smtpd takes the client for, and XCLIENT lets the client decide it. Both
    // can turn a no into a yes; a client that does not come by the proxy is not even greeted.
    bool depends_on_disguise() const
    {
        const Disguise& disguise = facts_.disguise;
        const bool by_proxy = !disguise.parameter.empty();
        if (!by_proxy && disguise.by_xclient == std::optional(false)) {
            return false;
        }
        // A "no" becomes "depends" only if the client would relay as one of ours; a "yes" only
        // behind a proxy, since XCLIENT takes nothing away from a client that does not use it.
        const bool is_no = result_.would_relay == std::optional(false);
        return is_no ? relays_as_ours(facts_, by_proxy) : by_proxy;
    }

    // Whether the client relays once smtpd takes it for one of ours.
    bool relays_as_ours(ServiceFacts facts, bool by_address_only) const
    {
        // A proxy, or the client by XCLIENT, may name any address, one of ours among them.
        facts.in_mynetworks = true;
        if (by_address_only) {
            facts.in_inet_interfaces = true; // observed: XCLIENT does not change this
        }
        facts.authenticated = !by_address_only && facts.is_on("smtpd_sasl_auth_enable");
        const auto stages = judge_stages(facts, transport_, listing_.listed, result_.fingerprints);
        return std::none_of(stages.begin(), stages.end(),
            [](const Stage& s) { return s.verdict.surely_stops() || s.verdict.surely_defers; });
    }

    // Names what permits the client besides its entry, and what is wrong with the entry.
    void explain_permission()
    {
        append(explain_permits(
            facts_, stages_, { transport_.enforces, question_.unseen_is_silent }, repair_));
        if (transport_.encrypts && transport_.asks && !question_.assumed) {
            warn_of_transport(); // only the running smtpd does not know of it yet
        } else if (transport_.encrypts && transport_.asks) {
            append(transport_.problems);
        }
        if (question_.assumed) {
            return;
        }
        if (listing_.listed == Listed::yes) {
            append(explain_listing(listing_, facts_, question_.client, repair_));
        } else if (!transport_.encrypts || !transport_.asks) {
            warn_of_transport();
        }
    }

    void warn_of_transport()
    {
        std::for_each(transport_.problems.begin(), transport_.problems.end(),
            [](Finding& f) { f.severity = Severity::warning; });
        append(transport_.problems);
    }

    void append(std::vector<Finding> findings)
    {
        result_.reasons.insert(result_.reasons.end(), std::make_move_iterator(findings.begin()),
            std::make_move_iterator(findings.end()));
    }

    const ServiceFacts& facts_;
    const Question& question_;
    const Repair& repair_;
    Transport transport_; // of the running smtpd, as far as that was seen
    bool has_tls_configured_; // also where the running smtpd has none yet
    std::vector<Finding> running_; // what differs there from the configuration
    Listing listing_;
    std::vector<Stage> stages_;
    bool cannot_log_in_ = false; // no handshake with the client's key succeeds
    bool login_is_partial_ = false; // the client's key can log in with one version of TLS only
    Verdict result_;
};

// Returns the verdict for the facts as they are, without joining the commands of its reasons.
Verdict judge_as_it_is(const ServiceFacts& facts, const Question& question, const Repair& repair)
{
    return VerdictJudge(facts, question, repair).run();
}

} // namespace

Verdict judge(const ServiceFacts& facts, const Question& question, const Repair& repair)
{
    Verdict verdict = judge_as_it_is(facts, question, repair);
    join_repairs(verdict, facts, question, repair, judge_as_it_is);
    return verdict;
}

} // namespace relayctl
