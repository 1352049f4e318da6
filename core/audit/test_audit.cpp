#include "core/audit/test_audit.hpp"

#include "core/audit/table_finding.hpp"
#include "core/audit/test_remarks.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <iterator>

namespace relayctl {

namespace {

std::string reply_of(const StepFacts& step)
{
    return step.name + " is answered " + quote(step.text, 300);
}

// Judges the sessions with one server.
struct TestJudge {
    const LiveTestFacts& facts;
    const TestQuestion& question;
    // With the certificate, or without where there is no key.
    const SessionFacts& session = facts.session ? *facts.session : *facts.control;
    const StepFacts* last_step = session.last_step(); // null only if no address was found
    TestVerdict result = {};

    TestVerdict run()
    {
        if (session.end == SessionEnd::answered) {
            judge_answer();
        } else {
            judge_end();
        }
        compare_with_check();
        take_repairs_of_check();
        auto remarks = remarks_on_session(session, question);
        std::move(remarks.begin(), remarks.end(), std::back_inserter(result.reasons));
        return std::move(result);
    }

    void add(Severity severity, const char* id, std::string message, std::string hint = {})
    {
        result.reasons.push_back(finding(severity, id, std::move(message), std::move(hint)));
    }

    void answer(std::optional<bool> relays)
    {
        result.relays = relays;
        result.is_answered = true;
    }

    bool has_key() const { return facts.session.has_value(); }
    bool is_here() const { return !facts.service.empty(); }

    // The session came to no answer. Where our certificate may be the reason, the one without it
    // tells.
    void judge_end()
    {
        const bool control_answers
            = facts.control && has_key() && facts.control->end == SessionEnd::answered;
        if (control_answers && session.tls.took_certificate) {
            answer(false);
            add(Severity::error, "certificate-refused",
                "the server ends the session when it has got the certificate, and not without it: "
                    + escape(session.problem),
                "let the client use a key that the server takes, such as EC P-256 or RSA of 2048 "
                "bits");
        } else if (!has_key() && session.tls.asks_for_certificate
            && (session.end == SessionEnd::tls_failed || session.end == SessionEnd::closed)) {
            add_key_missing(); // it may serve nobody without a certificate
        } else if (session.end == SessionEnd::tls_failed) {
            answer(false);
            add(Severity::error, "tls-fails", escape(session.problem),
                "see the mail log of the server, and which versions, ciphers and certificate its "
                "TLS is configured with");
        } else {
            add(Severity::error, "no-answer", "there is no usable answer: " + problem(),
                hint_for_silence());
        }
    }

    std::string problem() const
    {
        const bool names_step = last_step != nullptr && last_step->name != "connect";
        return escape(session.problem) + (names_step ? " (" + last_step->name + ')' : "");
    }

    std::string hint_for_silence() const
    {
        const bool may_want_tls = session.end == SessionEnd::silent && !session.from_the_start
            && last_step != nullptr && last_step->name == "greeting";
        return may_want_tls ? "where the server wants TLS before its greeting: --tls wrap"
                            : "it may be the server, or a firewall between; see its mail log";
    }

    void judge_answer()
    {
        // What answers 421 instead of a greeting says nothing of any client.
        if (last_step->name == "greeting" && last_step->code == 421 && !session.has_tls()) {
            add(Severity::error, "no-answer",
                "the server does not serve us now: " + reply_of(*last_step), hint_for_silence());
            return;
        }
        answer(false);
        if (!session.offers_tls.value_or(true)) {
            add(Severity::error, "no-starttls",
                "the server offers no STARTTLS, so no client can show a certificate"
                    + clear_answer());
        } else if (!session.has_tls() && last_step->name != "greeting"
            && last_step->name != "EHLO") {
            add(Severity::error, "no-starttls",
                "the server has no TLS although it offers it" + refused_starttls()
                    + clear_answer());
        } else if (session.has_tls() && !session.tls.asks_for_certificate) {
            add(Severity::error, "not-asked",
                "the server does not ask for a certificate, so the client's counts for nothing"
                    + clear_answer(),
                "on the server: smtpd_tls_ask_ccert = yes, then reload Postfix");
        } else if (!has_key()) {
            add_key_missing();
        } else if (session.has_tls() && !session.tls.took_certificate) {
            add(Severity::error, "certificate-refused",
                "the server asks for a certificate, and the client's key fits nothing that the "
                "server takes, so none was sent",
                "let the client use a key of another kind, such as EC P-256 or RSA of 2048 bits");
        } else if (session.relays()) {
            judge_control();
            return;
        } else {
            judge_refusal();
        }
        if (session.relays()) {
            add_relays_anyway();
        }
    }

    // Only whoever has the key can show the certificate. A server that relays without it does not
    // do so because of it; of any other nothing is known.
    void add_key_missing()
    {
        answer(session.relays() ? std::optional(false) : std::nullopt);
        add(Severity::warning, "key-missing",
            "without the private key no certificate can be shown, so nobody can tell whether the "
            "server would relay because of it; without a certificate "
                + (session.relays() ? "it relays"
                        : session.end == SessionEnd::answered
                        ? reply_of(*last_step)
                        : "it ends the session: " + escape(session.problem)),
            "give the key behind the certificate: relayctl test CERT KEY HOST");
    }

    std::string refused_starttls() const
    {
        const auto step = std::find_if(session.steps.begin(), session.steps.end(),
            [](const StepFacts& one) { return one.name == "STARTTLS"; });
        return step == session.steps.end() ? "" : ": " + reply_of(*step);
    }

    // What the server says to a client without a certificate.
    std::string clear_answer() const
    {
        return last_step->is_good ? "" : "; " + reply_of(*last_step);
    }

    void add_relays_anyway()
    {
        add(Severity::warning, "relays-anyway",
            "the server relays for a client from here (" + escape(session.client_address)
                + ") without any certificate, by its address (mynetworks) or for everybody: that "
                  "it relays proves nothing about the certificate",
            "test from an address that no list of the server names");
    }

    static bool is_refused(const SessionFacts& control)
    {
        return control.end == SessionEnd::answered
            && (control.last_step()->code / 100 == 5 || control.last_step()->denies_relaying());
    }

    // Who shows no certificate is not served at all.
    static bool is_shown_the_door(const SessionFacts& control)
    {
        const StepFacts* last = control.last_step();
        return control.end == SessionEnd::tls_failed || control.end == SessionEnd::closed
            || (control.end == SessionEnd::answered && control.has_tls() && last->name != "RCPT"
                && last->code == 421);
    }

    // The server relays with the certificate: the control session says whether by it.
    void judge_control()
    {
        if (!facts.control) {
            return;
        }
        const SessionFacts& control = *facts.control;
        const StepFacts* last = control.last_step();
        if (control.relays()) {
            add_relays_anyway();
        } else if (is_refused(control) || is_shown_the_door(control)) {
            answer(true);
        } else {
            answer(std::nullopt);
            add(Severity::warning, "control-unseen",
                "it relays, but whether because of the certificate is not known: without it "
                    + (control.end == SessionEnd::answered ? reply_of(*last)
                                                           : escape(control.problem)),
                "test again later");
        }
    }

    void judge_refusal()
    {
        const bool is_later = last_step->code / 100 == 4;
        const bool same_without = facts.control && facts.control->last_step() != nullptr
            && facts.control->last_step()->code == last_step->code
            && facts.control->last_step()->name == last_step->name;
        if (last_step->denies_relaying() && last_step->name == "RCPT") {
            add(Severity::error, "not-listed",
                "the server does not relay for this certificate: " + reply_of(*last_step),
                words_to_list());
        } else if (last_step->code == 421 && session.has_tls() && last_step->name != "RCPT") {
            add(Severity::error, "ccert-untrusted",
                "the server wants a certificate from a CA that it trusts (smtpd_tls_req_ccert), "
                "and ends the session: "
                    + reply_of(*last_step),
                "use a certificate of such a CA, or set smtpd_tls_req_ccert = no on the server");
        } else if (is_later) {
            add(Severity::error, "temporary-refusal",
                "the server refuses for the time being: " + reply_of(*last_step) + later(),
                last_step->text.find(" 4.3.") != std::string::npos
                    ? "on the server: relayctl verify says which table cannot be read"
                    : "test again in some minutes");
        } else if (facts.control && facts.control->relays()) {
            add(Severity::error, "certificate-refused",
                "the server refuses because of this certificate, and relays without it: "
                    + reply_of(*last_step),
                "on the server: relayctl check CERT says which restriction it is");
        } else {
            add(Severity::error, "other-refusal",
                "the server refuses, "
                    + std::string(same_without ? "with the certificate as without it: "
                                               : "but not because of relaying: ")
                    + reply_of(*last_step),
                "if it is the sender or the recipient that the server does not like, name others: "
                "--from, --rcpt");
        }
    }

    // What was seen when it was tried again.
    std::string later() const
    {
        return session.tried_again_after.empty() ? ""
                                                 : ", also when it was tried again (the first time "
                + quote(session.tried_again_after, 300) + ')';
    }

    std::string words_to_list() const
    {
        if (is_here()) {
            return ""; // check has the command
        }
        const auto prints = question.digest ? question.client.fingerprints(*question.digest)
                                            : std::vector<ClientFingerprint>();
        return prints.empty() ? ""
                              : "on the server: relayctl add --fingerprint "
                + prints.front().fingerprint.to_string() + " HOST";
    }

    // check is compared with what smtpd answers the client, for whatever reason.
    void compare_with_check()
    {
        if (!question.check || !has_key() || !result.is_answered) {
            return;
        }
        const std::optional<bool> expected = question.check->would_relay;
        if (expected && *expected != session.relays()) {
            add(Severity::warning, "check-differs",
                "relayctl check --address " + session.client_address + " says that the client "
                    + (*expected ? "would relay" : "would not relay") + ", and the server "
                    + (session.relays() ? "relays" : "does not"),
                "the server is right, and this is worth a report; what relayctl check --json says "
                "belongs into it");
        }
    }

    // On the server check knows the cause and the command that mends it.
    void take_repairs_of_check()
    {
        if (!question.check || !has_key() || result.relays.value_or(true)
            || question.check->would_relay.value_or(true)) {
            return;
        }
        for (const Finding& reason : question.check->reasons) {
            if (reason.severity != Severity::error) {
                continue;
            }
            const auto same = std::find_if(result.reasons.begin(), result.reasons.end(),
                [&](const Finding& own) { return own.id == reason.id; });
            if (same != result.reasons.end()) {
                same->hint = reason.hint;
            } else {
                result.reasons.push_back(reason);
            }
        }
    }
};

} // namespace

TestVerdict judge_test(const LiveTestFacts& facts, const TestQuestion& question)
{
    return TestJudge{ facts, question }.run();
}

} // namespace relayctl
