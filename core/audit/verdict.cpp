#include "core/audit/verdict.hpp"

#include "core/audit/openness.hpp"
#include "core/audit/stages.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

std::string first_word(const std::string& text)
{
    return to_lower(std::string_view(text).substr(0, text.find(' ')));
}

bool looks_at_destination(const std::string& word)
{
    return is_word_of(word,
        { "reject_unauth_destination", "defer_unauth_destination", "permit_auth_destination",
            "reject_unlisted_recipient" });
}

class VerdictJudge {
public:
    VerdictJudge(const ServiceFacts& facts, const Question& question, const Repair& repair)
        : facts_(facts)
        , question_(question)
        , repair_(repair)
        , transport_(judge_transport(facts, repair))
    {
        if (question.assumed) {
            listing_.listed = *question.assumed;
        } else {
            listing_ = look_up(facts, question.client);
        }
    }

    Verdict run()
    {
        result_.service = facts_.service.name;
        if (facts_.digest) {
            result_.digest = facts_.digest->name();
            result_.prints = question_.client.prints(*facts_.digest);
        }
        for (const TableFacts& table : facts_.tables) {
            result_.tables.push_back(table.name);
        }
        result_.match = listing_.match;
        stages_ = judge_stages(facts_, transport_, listing_.listed, result_.prints);
        decide();
        if (result_.would_relay.value_or(false)) {
            explain_yes();
        } else {
            explain_no();
        }
        add_notes();
        return std::move(result_);
    }

private:
    bool presents() const { return transport_.encrypts && transport_.asks; }

    void decide()
    {
        const auto any = [&](auto&& predicate) {
            return std::any_of(stages_.begin(), stages_.end(), predicate);
        };
        const bool no_service = !transport_.starts || (transport_.enforces && !transport_.encrypts);
        const bool untrusted = transport_.demands_trust && facts_.trusted == std::optional(false);
        const bool defers = any([](const Stage& s) { return s.verdict.surely_defers; });
        if (no_service || untrusted || defers
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
        consider_disguise(no_service);
    }

    // A proxy decides whom smtpd takes the client for, and XCLIENT lets the client decide it. Both
    // can turn a no into a yes; a client that does not come by the proxy is not even greeted.
    void consider_disguise(bool no_service)
    {
        const Disguise& disguise = facts_.disguise;
        const bool by_proxy = !disguise.parameter.empty();
        if (no_service || (!by_proxy && disguise.by_xclient == std::optional(false))) {
            return;
        }
        const bool is_no = result_.would_relay == std::optional(false);
        disguised_ = is_no ? relays_as(facts_, by_proxy) : by_proxy;
        if (disguised_) {
            result_.would_relay = std::nullopt;
        }
    }

    // Whether the client relays once smtpd takes it for one of ours.
    bool relays_as(ServiceFacts facts, bool by_address_only) const
    {
        facts.in_mynetworks = true;
        if (by_address_only) {
            facts.in_inet_interfaces = true; // observed: XCLIENT does not change this
        }
        facts.authenticated = !by_address_only && facts.is_on("smtpd_sasl_auth_enable");
        const auto stages = judge_stages(facts, transport_, listing_.listed, result_.prints);
        return std::none_of(stages.begin(), stages.end(),
            [](const Stage& s) { return s.verdict.surely_stops() || s.verdict.surely_defers; });
    }

    void add(Severity severity, const char* id, std::string message, std::string hint = {})
    {
        result_.reasons.push_back({ severity, id, "", 0, 0, std::move(message), std::move(hint) });
    }

    void append(std::vector<Finding> findings)
    {
        for (Finding& finding : findings) {
            result_.reasons.push_back(std::move(finding));
        }
    }

    // --- why not

    void explain_no()
    {
        if (disguised_) {
            explain_disguise();
        }
        append(transport_.problems);
        if (transport_.demands_trust && !facts_.trusted.value_or(false)) {
            add(Severity::error, "ccert-untrusted",
                facts_.trusted ? "smtpd_tls_req_ccert = yes: the certificate does not chain to a "
                                 "CA of the server, which answers 421"
                               : "smtpd_tls_req_ccert = yes: depends on whether the certificate "
                                 "chains to a CA of the server",
                repair_.set(facts_, "smtpd_tls_req_ccert", "no"));
        }
        if (!transport_.starts) {
            return;
        }
        for (const Stage& stage : stages_) {
            if (!stage.verdict.surely_passes()) {
                explain_stage(stage);
            }
        }
        if (listing_matters_ && !question_.assumed) {
            append(explain_listing(listing_, facts_, question_.client, repair_));
        }
        for (const Stage& stage : stages_) {
            if (stage.verdict.defers_if_permitted) {
                add(Severity::error, "defer-if-permit",
                    stage.list
                        + " has defer_if_permit: whoever is permitted is told to try again (450)",
                    repair_.set(facts_, stage.list, without(stage, "defer_if_permit")));
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
        const Disguise& disguise = facts_.disguise;
        if (!disguise.parameter.empty()) {
            add(Severity::warning, "depends",
                "depends on " + disguise.parameter + " = "
                    + quote(facts_.parameter(disguise.parameter))
                    + ": smtpd answers only who comes by a proxy, and takes it for whatever client "
                      "the proxy names");
        } else {
            add(Severity::warning, "depends",
                "depends on smtpd_authorized_xclient_hosts, which lets the client pass itself off "
                "as another by XCLIENT");
        }
    }

    void explain_stage(const Stage& stage)
    {
        for (const UnknownRestriction& unknown : stage.verdict.unknown) {
            const std::string name = first_word(unknown.word);
            if (name == "permit_tls_clientcerts") {
                listing_matters_ = true; // it says why
                continue;
            }
            listing_matters_ = listing_matters_ || looks_at_destination(name);
            const bool by_list = !facts_.elsewhere.is_ours && !facts_.elsewhere.parameter.empty()
                && looks_at_destination(name);
            add(Severity::warning, "depends",
                "depends on " + quote(unknown.word, 200) + " in " + stage.list
                    + (by_list ? ": what " + facts_.elsewhere.parameter + " takes in" : ", which")
                    + " cannot be seen from outside");
        }
        if (stage.verdict.stops()) {
            explain_stop(stage);
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

    void explain_stop(const Stage& stage)
    {
        const ListVerdict& verdict = stage.verdict;
        const std::string decider = first_word(verdict.decided_by);
        const std::string refuses = stage.list
            + (verdict.outcome == Outcome::try_again ? " puts off by " : " refuses by ")
            + quote(verdict.decided_by, 200);
        if (first_word(verdict.innermost) == "reject_unlisted_recipient") {
            explain_unlisted_recipient(stage);
        } else if (first_word(verdict.innermost) == "permit_mynetworks") {
            append({ networks_fault(facts_, stage.list) });
        } else if (decider == "check_ccert_access") {
            explain_access(stage);
        } else if (decider == "permit_tls_clientcerts" || decider == "permit_tls_all_clientcerts") {
            listing_matters_ = true; // a table fails
        } else if (verdict.misconfigured) {
            add(Severity::error, "restriction-unknown",
                stage.list + ": smtpd answers 451 at " + quote(verdict.decided_by, 200) + ": "
                    + escape(verdict.because),
                repair_.set(facts_, stage.list, without(stage, verdict.decided_by)));
        } else {
            listing_matters_ = true;
            explain_refusal(stage, refuses);
        }
    }

    void explain_refusal(const Stage& stage, const std::string& refuses)
    {
        if (presents() && !stage.client.presents) {
            add(Severity::error, "before-tls",
                refuses
                    + " before STARTTLS, when there is no certificate yet (smtpd_delay_reject = "
                      "no)",
                repair_.set(facts_, "smtpd_delay_reject", "yes"));
        } else if (stage.verdict.asked_listed) {
            return; // it would have been permitted if it were listed and came with its certificate
        } else if (names_restriction(stage.words, facts_.classes, "permit_tls_clientcerts")) {
            add(Severity::error, "permit-too-late",
                refuses + " before permit_tls_clientcerts is looked at", permit_first(stage));
        } else {
            add(Severity::error, "permit-missing",
                refuses + " and does not have permit_tls_clientcerts", permit_first(stage));
        }
    }

    void explain_access(const Stage& stage)
    {
        const ListVerdict& verdict = stage.verdict;
        const std::string what = stage.list + ": " + quote(verdict.decided_by, 200);
        if (verdict.misconfigured) {
            add(Severity::error, "ccert-access-misused",
                what + " gives " + quote(verdict.because)
                    + ", which is no action of access(5): smtpd answers 451. A table for "
                      "relay_clientcerts cannot serve here",
                repair_.set(facts_, stage.list, without(stage, verdict.decided_by)));
        } else if (verdict.because == "the table cannot be asked"
            || verdict.because == "smtpd does not understand its argument") {
            add(Severity::error, "ccert-access-fails",
                what + ": " + verdict.because + ", smtpd answers 451",
                repair_.set(facts_, stage.list, without(stage, verdict.decided_by)));
        } else if (verdict.outcome == Outcome::discard) {
            add(Severity::error, "ccert-access-discards",
                what + " accepts the message (250) and throws it away: " + quote(verdict.because),
                ask_access(verdict));
        } else {
            add(Severity::error, "ccert-access-rejects", what + " says " + quote(verdict.because),
                ask_access(verdict));
        }
    }

    // The command that shows which entry it is: what to do with it is the administrator's decision.
    std::string ask_access(const ListVerdict& verdict) const
    {
        const auto access = facts_.ccert_access.find(verdict.decided_by.substr(
            std::min(verdict.decided_by.find(' ') + 1, verdict.decided_by.size())));
        std::string command;
        for (std::size_t i = 0; access != facts_.ccert_access.end() && i < result_.prints.size();
             ++i) {
            const TableFacts& table = access->second.table;
            if (i < table.answers.size() && table.answers[i] == Answer::found) {
                command = command_line(
                    { "postmap", "-q", result_.prints[i].fingerprint.to_string(), table.name });
                break;
            }
        }
        return command;
    }

    // The list with permit_tls_clientcerts in front.
    std::string permit_first(const Stage& stage) const
    {
        const std::string rest = without(stage, "permit_tls_clientcerts");
        return repair_.set(
            facts_, stage.list, "permit_tls_clientcerts" + (rest.empty() ? "" : ", " + rest));
    }

    static std::string without(const Stage& stage, const std::string& word)
    {
        std::vector<std::string> words = stage.words;
        words.erase(std::remove(words.begin(), words.end(), word), words.end());
        return join(words, ", ");
    }

    // --- why

    void explain_yes()
    {
        append(explain_permits(
            facts_, stages_, { transport_.enforces, question_.unseen_is_silent }, repair_));
        if (listing_.listed == Listed::yes && !question_.assumed) {
            append(explain_listing(listing_, facts_, question_.client, repair_));
            return;
        }
        if (!question_.assumed && !presents()) {
            std::for_each(transport_.problems.begin(), transport_.problems.end(),
                [](Finding& f) { f.severity = Severity::warning; });
            append(transport_.problems);
        }
    }

    // What lists the key of a client that is listed by its certificate; empty where no shell takes
    // it.
    std::string add_key_words() const
    {
        const Client& client = question_.client;
        const std::string host = words_for_host(listing_.match->host);
        return client.add_words.empty() || host.empty()
            ? ""
            : "add --key " + client.add_words + ' ' + host;
    }

    // --- what does not decide, but is worth knowing

    void add_notes_about_dates(const Certificate& certificate)
    {
        if (!certificate.not_before || !certificate.not_after) {
            add(Severity::warning, "cert-date-unreadable",
                "a date of the certificate cannot be read: whether it has expired is not known; "
                "Postfix does not look at that");
        }
        if (certificate.not_after && *certificate.not_after < question_.now) {
            add(Severity::warning, "cert-expired",
                "the certificate expired on " + to_date(*certificate.not_after)
                    + "; Postfix does not look at that");
        }
        if (certificate.not_before && *certificate.not_before > question_.now) {
            add(Severity::warning, "cert-not-yet-valid",
                "the certificate is not valid before " + to_date(*certificate.not_before)
                    + "; Postfix does not look at that");
        }
    }

    void add_notes()
    {
        for (const std::string& unseen : facts_.unseen) {
            add(Severity::note, "unseen",
                escape(unseen) + " cannot be read by this user, so it is taken to be sound",
                "run it as root");
        }
        const Certificate* certificate = question_.client.certificate;
        if (certificate != nullptr) {
            add_notes_about_dates(*certificate);
        }
        const bool relays = result_.would_relay.value_or(false);
        if (relays && facts_.is_on("smtpd_tls_enable_rpk") && listing_.match
            && listing_.match->kind == "cert") {
            add(Severity::warning, "rpk-cert-only",
                "smtpd_tls_enable_rpk = yes: a client that sends a raw public key has no "
                "certificate fingerprint, "
                "and only that one is listed",
                repair_.relayctl(add_key_words(), listing_.match->table));
        }
        if (presents() && !facts_.parameter("smtpd_tls_CAfile").empty()
            && facts_.trusted == std::optional(false)) {
            add(Severity::note, "ca-names-sent",
                "the server sends the names of the CAs in smtpd_tls_CAfile, and this certificate "
                "is of none of them: "
                "some clients then withhold it; smtpd_tls_CApath is not sent");
        }
        if (!facts_.parameter("smtpd_milters").empty()
            && result_.would_relay != std::optional(false)) {
            add(Severity::note, "milter",
                "a milter may refuse all the same: smtpd_milters = "
                    + quote(facts_.parameter("smtpd_milters"), 200));
        }
    }

    const ServiceFacts& facts_;
    const Question& question_;
    const Repair& repair_;
    Transport transport_;
    Listing listing_;
    bool disguised_ = false; // it depends on whom smtpd takes the client for
    bool listing_matters_
        = false; // somewhere the client was refused that a listed one would not have been
    std::vector<Stage> stages_;
    Verdict result_;
};

} // namespace

Verdict judge(const ServiceFacts& facts, const Question& question, const Repair& repair)
{
    return VerdictJudge(facts, question, repair).run();
}

} // namespace relayctl
