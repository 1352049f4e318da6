#include "core/audit/verdict.hpp"

#include "core/audit/stages.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

std::string first_word(const std::string& text)
{
    return to_lower(std::string_view(text).substr(0, text.find(' ')));
}

class VerdictJudge {
public:
    VerdictJudge(const ServiceFacts& facts, const Question& question, const Commands& commands)
        : facts_(facts), question_(question), commands_(commands), transport_(judge_transport(facts, commands))
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
        const auto any = [&](auto&& predicate) { return std::any_of(stages_.begin(), stages_.end(), predicate); };
        const bool no_service = !transport_.starts || (transport_.enforces && !transport_.encrypts);
        const bool untrusted = transport_.demands_trust && facts_.trusted == std::optional(false);
        const bool defers = any([](const Stage& s) { return s.verdict.surely_defers; });
        if (no_service || untrusted || defers || any([](const Stage& s) { return s.verdict.surely_stops(); })) {
            result_.would_relay = false;
        } else if (any([](const Stage& s) { return !s.verdict.surely_passes(); }) || (transport_.demands_trust && !facts_.trusted)
                   || !facts_.parameter("smtpd_discard_ehlo_keyword_address_maps").empty()) {
            result_.would_relay = std::nullopt;
        } else {
            result_.would_relay = true;
        }
    }

    void add(Severity severity, const char* id, std::string message, std::string hint = {})
    {
        result_.reasons.push_back({severity, id, "", 0, 0, std::move(message), std::move(hint)});
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
        append(transport_.problems);
        if (transport_.demands_trust && !facts_.trusted.value_or(false)) {
            add(Severity::error, "ccert-untrusted",
                facts_.trusted ? "smtpd_tls_req_ccert = yes: the certificate does not chain to a CA of the server, which answers 421"
                               : "smtpd_tls_req_ccert = yes: depends on whether the certificate chains to a CA of the server",
                commands_.set(facts_, "smtpd_tls_req_ccert", "no"));
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
            append(explain_listing(listing_, facts_, question_.client, commands_));
        }
        for (const Stage& stage : stages_) {
            if (stage.verdict.defers_if_permitted) {
                add(Severity::error, "defer-if-permit", stage.list + " has defer_if_permit: whoever is permitted is told to try again (450)",
                    commands_.set(facts_, stage.list, without(stage, "defer_if_permit")));
            }
        }
        if (!facts_.parameter("smtpd_discard_ehlo_keyword_address_maps").empty()) {
            add(Severity::warning, "depends", "depends on smtpd_discard_ehlo_keyword_address_maps, which may hide STARTTLS from some clients");
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
            add(Severity::warning, "depends", "depends on " + quote(unknown.word, 200) + " in " + stage.list + ", which cannot be seen from outside");
        }
        if (stage.verdict.stops()) {
            explain_stop(stage);
        }
    }

    void explain_stop(const Stage& stage)
    {
        const ListVerdict& verdict = stage.verdict;
        const std::string decider = first_word(verdict.decided_by);
        const std::string refuses = stage.list + (verdict.outcome == Outcome::try_again ? " puts off by " : " refuses by ") + quote(verdict.decided_by, 200);
        if (decider == "check_ccert_access") {
            explain_access(stage);
        } else if (decider == "permit_tls_clientcerts" || decider == "permit_tls_all_clientcerts") {
            listing_matters_ = true; // a table fails
        } else if (verdict.misconfigured) {
            add(Severity::error, "restriction-unknown", stage.list + ": smtpd answers 451 at " + quote(verdict.decided_by, 200) + ": "
                    + escape(verdict.because),
                commands_.set(facts_, stage.list, without(stage, verdict.decided_by)));
        } else {
            listing_matters_ = true;
            explain_refusal(stage, refuses);
        }
    }

    void explain_refusal(const Stage& stage, const std::string& refuses)
    {
        if (presents() && !stage.client.presents) {
            add(Severity::error, "before-tls", refuses + " before STARTTLS, when there is no certificate yet (smtpd_delay_reject = no)",
                commands_.set(facts_, "smtpd_delay_reject", "yes"));
        } else if (stage.verdict.asked_listed) {
            return; // it would have been permitted if it were listed and came with its certificate
        } else if (names_restriction(stage.words, facts_.classes, "permit_tls_clientcerts")) {
            add(Severity::error, "permit-too-late", refuses + " before permit_tls_clientcerts is looked at", permit_first(stage));
        } else {
            add(Severity::error, "permit-missing", refuses + " and does not have permit_tls_clientcerts", permit_first(stage));
        }
    }

    void explain_access(const Stage& stage)
    {
        const ListVerdict& verdict = stage.verdict;
        const std::string what = stage.list + ": " + quote(verdict.decided_by, 200);
        if (verdict.misconfigured) {
            add(Severity::error, "ccert-access-misused", what + " gives " + quote(verdict.because)
                    + ", which is no action of access(5): smtpd answers 451. A table for relay_clientcerts cannot serve here",
                commands_.set(facts_, stage.list, without(stage, verdict.decided_by)));
        } else if (verdict.because == "the table cannot be asked" || verdict.because == "smtpd does not understand its argument") {
            add(Severity::error, "ccert-access-fails", what + ": " + verdict.because + ", smtpd answers 451",
                commands_.set(facts_, stage.list, without(stage, verdict.decided_by)));
        } else if (verdict.outcome == Outcome::discard) {
            add(Severity::error, "ccert-access-discards", what + " accepts the message (250) and throws it away: " + quote(verdict.because), ask_access(verdict));
        } else {
            add(Severity::error, "ccert-access-rejects", what + " says " + quote(verdict.because), ask_access(verdict));
        }
    }

    // The command that shows which entry it is: what to do with it is the administrator's decision.
    std::string ask_access(const ListVerdict& verdict) const
    {
        const auto access = facts_.ccert_access.find(verdict.decided_by.substr(std::min(verdict.decided_by.find(' ') + 1, verdict.decided_by.size())));
        std::string command;
        for (std::size_t i = 0; access != facts_.ccert_access.end() && i < result_.prints.size(); ++i) {
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
        return commands_.set(facts_, stage.list, "permit_tls_clientcerts" + (rest.empty() ? "" : ", " + rest));
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
        append(open_to_all());
        for (const Stage& stage : stages_) {
            explain_permit(stage);
        }
        if (listing_.listed == Listed::yes && !question_.assumed) {
            append(explain_listing(listing_, facts_, question_.client, commands_));
            return;
        }
        if (!question_.assumed && !presents()) {
            std::for_each(transport_.problems.begin(), transport_.problems.end(), [](Finding& f) { f.severity = Severity::warning; });
            append(transport_.problems);
        }
    }

    // A client without any certificate, from nowhere, passes as well.
    std::vector<Finding> open_to_all() const
    {
        const bool open = !transport_.enforces && std::all_of(stages_.begin(), stages_.end(), [](const Stage& stage) {
            RestrictedClient anybody = stage.client;
            anybody.presents = false;
            anybody.in_mynetworks = false;
            anybody.in_inet_interfaces = false;
            return judge_restrictions(stage.words, anybody).surely_passes();
        });
        if (!open) {
            return {};
        }
        return {{Severity::error, "open-relay", "", 0, 0, "any client may relay, with or without a certificate",
                 commands_.set(facts_, "smtpd_relay_restrictions", "permit_mynetworks, permit_tls_clientcerts, reject_unauth_destination")}};
    }

    void explain_permit(const Stage& stage)
    {
        const ListVerdict& verdict = stage.verdict;
        const std::string decider = first_word(verdict.decided_by);
        if (verdict.outcome != Outcome::permit || !is_last_word(stage)) {
            return;
        }
        if (decider == "permit_tls_all_clientcerts" && facts_.trusted.value_or(false)) {
            add(Severity::error, "permit-all-clientcerts", stage.list + " has permit_tls_all_clientcerts: every certificate of a CA that the server "
                    "trusts relays, listed or not", commands_.set(facts_, stage.list, replaced(stage, "permit_tls_all_clientcerts")));
        } else if (decider == "permit_mynetworks") {
            add(Severity::error, "mynetworks-wide", "mynetworks = " + quote(facts_.parameter("mynetworks"), 200)
                    + " takes in the client's address: it relays without being listed", commands_.set(facts_, "mynetworks", "127.0.0.0/8 [::1]/128"));
        } else if (decider == "check_ccert_access") {
            add(Severity::note, "ccert-access-permits", stage.list + ": " + quote(verdict.decided_by, 200) + " says " + quote(verdict.because));
        } else if (decider != "permit_tls_clientcerts" && decider != "permit_tls_all_clientcerts" && decider != "permit") {
            add(Severity::note, "permitted-otherwise", stage.list + " permits by " + quote(verdict.decided_by, 200));
        }
    }

    // Whether this permission matters: without the certificate and the address, the list would have refused.
    bool is_last_word(const Stage& stage) const
    {
        RestrictedClient stranger = stage.client;
        stranger.presents = false;
        stranger.in_mynetworks = false;
        stranger.in_inet_interfaces = false;
        return judge_restrictions(stage.words, stranger).stops();
    }

    static std::string replaced(const Stage& stage, const std::string& word)
    {
        std::vector<std::string> words = stage.words;
        for (std::string& w : words) {
            if (equal_ignoring_case(w, word)) {
                w = "permit_tls_clientcerts";
            }
        }
        return join(words, ", ");
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
            add(Severity::note, "unseen", escape(unseen) + " cannot be read by this user, so it is taken to be sound", "run it as root");
        }
        const Certificate* certificate = question_.client.certificate;
        if (certificate != nullptr) {
            add_notes_about_dates(*certificate);
        }
        const bool relays = result_.would_relay.value_or(false);
        if (relays && facts_.is_on("smtpd_tls_enable_rpk") && listing_.match && listing_.match->kind == "cert") {
            add(Severity::warning, "rpk-cert-only",
                "smtpd_tls_enable_rpk = yes: a client that sends a raw public key has no "
                "certificate fingerprint, "
                "and only that one is listed",
                commands_.relayctl(add_key_words(), listing_.match->table));
        }
        if (presents() && !facts_.parameter("smtpd_tls_CAfile").empty() && facts_.trusted == std::optional(false)) {
            add(Severity::note, "ca-names-sent", "the server sends the names of the CAs in smtpd_tls_CAfile, and this certificate is of none of them: "
                "some clients then withhold it; smtpd_tls_CApath is not sent");
        }
        if (!facts_.parameter("smtpd_milters").empty() && result_.would_relay != std::optional(false)) {
            add(Severity::note, "milter", "a milter may refuse all the same: smtpd_milters = " + quote(facts_.parameter("smtpd_milters"), 200));
        }
    }

    const ServiceFacts& facts_;
    const Question& question_;
    const Commands& commands_;
    Transport transport_;
    Listing listing_;
    bool listing_matters_ = false; // somewhere the client was refused that a listed one would not have been
    std::vector<Stage> stages_;
    Verdict result_;
};

} // namespace

Verdict judge(const ServiceFacts& facts, const Question& question, const Commands& commands)
{
    return VerdictJudge(facts, question, commands).run();
}

} // namespace relayctl
