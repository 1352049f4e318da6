#include "core/inspect/live_test.hpp"

#include "core/base/text.hpp"
#include "core/base/time.hpp"
#include "core/inspect/smtp_dialog.hpp"
#include "core/inspect/smtp_lines.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace relayctl {

namespace {

using namespace std::chrono_literals;
using std::chrono::duration_cast, std::chrono::milliseconds;

// Before a server that refuses for the time being is asked once more. postscreen(8) takes the
// client at once then; a greylist that counts in minutes does not.
constexpr auto pause_before_retry = 2000ms;
constexpr milliseconds time_for_farewell = 1000ms;

// One session, step by step.
class LiveSession {
public:
    LiveSession(const LiveTestServer& server, const LiveTestTerms& terms, TlsStart tls,
        const std::optional<TlsIdentity>& identity)
        : server_(server)
        , terms_(terms)
        , identity_(identity)
        , dialog_(server.where.addresses)
    {
        facts_.from_the_start = tls == TlsStart::wrapped;
    }

    SessionFacts run()
    {
        begin_step("connect");
        const bool is_connected = dialog_.connect(deadline_);
        facts_.address = dialog_.address();
        facts_.client_address = dialog_.client_address();
        note(is_connected, 0, is_connected ? facts_.address : dialog_.problem());
        if (!is_connected) {
            take_end();
        } else if (greet() && start_tls() && say_mail()) {
            command("RSET", "RSET");
        }
        const StepFacts* last = facts_.last_step();
        if (facts_.end == SessionEnd::answered && last->code != 421) {
            command("QUIT", "QUIT");
            facts_.end = SessionEnd::answered; // a server need not wait for our farewell
            facts_.problem.clear();
        }
        facts_.tls = dialog_.tls();
        return std::move(facts_);
    }

    bool was_greeted_in_clear() const noexcept { return dialog_.was_greeted_in_clear(); }

private:
    bool greet()
    {
        if (facts_.from_the_start && !shake_hands()) {
            return false;
        }
        begin_step("greeting");
        return take_reply(220) && say_hello();
    }

    bool say_hello()
    {
        const std::string address = facts_.client_address;
        const bool is_v6 = address.find(':') != std::string::npos;
        const auto reply = command("EHLO", "EHLO [" + (is_v6 ? "IPv6:" + address : address) + ']');
        if (!reply || reply->code != 250) {
            return false;
        }
        offers_starttls_ = offers_starttls(reply->lines);
        return true;
    }

    // Goes on in clear where the server offers no TLS or has none: whether it relays for such a
    // client is the question of the control session.
    bool start_tls()
    {
        facts_.offers_tls = facts_.from_the_start || offers_starttls_;
        if (facts_.from_the_start) {
            return true;
        }
        if (!offers_starttls_) {
            begin_step("STARTTLS");
            note(false, 0, "is not offered");
            return true;
        }
        const auto reply = command("STARTTLS", "STARTTLS");
        if (!reply) {
            return false;
        }
        return reply->code == 220 ? shake_hands() && say_hello() : reply->code != 421;
    }

    bool shake_hands()
    {
        begin_step("TLS");
        const bool is_done = dialog_.start_tls(identity_, server_.name, deadline_);
        facts_.offers_tls = true;
        note(is_done, 0,
            is_done ? dialog_.tls().protocol + ", " + dialog_.tls().cipher : dialog_.problem());
        if (!is_done) {
            take_end();
        }
        return is_done;
    }

    bool say_mail()
    {
        const auto mail = command("MAIL", "MAIL FROM:<" + terms_.sender + '>');
        if (!mail || mail->code / 100 != 2) {
            return false;
        }
        const auto recipient = command("RCPT", "RCPT TO:<" + terms_.recipient + '>');
        return recipient && recipient->code != 421;
    }

    std::optional<SmtpReply> command(const char* step, const std::string& line)
    {
        begin_step(step);
        dialog_.say(line);
        return take_reply(0);
    }

    // wanted: the only good code; 0 for any of 2xx.
    std::optional<SmtpReply> take_reply(int wanted)
    {
        auto reply = dialog_.reply(deadline_);
        if (!reply) {
            note(false, 0, dialog_.problem());
            take_end();
            return std::nullopt;
        }
        const bool is_good = wanted == 0 ? reply->code / 100 == 2 : reply->code == wanted;
        note(is_good, reply->code, step_ == "EHLO" ? reply->lines.front() : reply->text());
        return is_good || wanted == 0 ? reply : std::nullopt;
    }

    void begin_step(std::string name)
    {
        step_ = std::move(name);
        begin_ = SteadyClock::now();
        const auto patience
            = step_ == "QUIT" ? std::min(terms_.step_time, time_for_farewell) : terms_.step_time;
        deadline_ = std::min(deadline_after(patience), terms_.end);
    }

    void note(bool is_good, int code, std::string text)
    {
        facts_.steps.push_back({ step_, is_good, code, std::move(text),
            duration_cast<milliseconds>(SteadyClock::now() - begin_) });
    }

    void take_end()
    {
        facts_.end = dialog_.end();
        facts_.problem = dialog_.problem();
        if (facts_.end == SessionEnd::silent) {
            const bool is_all = milliseconds_until(terms_.end) == 0;
            facts_.end = is_all ? SessionEnd::out_of_time : SessionEnd::silent;
            facts_.problem += is_all ? " until the time for the whole test was over"
                                     : " within " + in_seconds(terms_.step_time);
            facts_.steps.back().text = facts_.problem;
        }
    }

    const LiveTestServer& server_;
    const LiveTestTerms& terms_;
    const std::optional<TlsIdentity>& identity_;
    SmtpDialog dialog_;
    SessionFacts facts_;
    bool offers_starttls_ = false;
    std::string step_;
    SteadyClock::time_point begin_; // of the step
    SteadyClock::time_point deadline_;
};

// Returns the reply after which it is worth to try again; empty if it is not. A table that cannot
// be read (451 4.3.0, 4.3.5 in smtpd_check.c) stays so; so do a certificate that is not trusted and
// a refusal to relay.
std::string temporary_refusal(const SessionFacts& facts)
{
    const StepFacts* last = facts.last_step();
    if (last == nullptr || last->code / 100 != 4 || last->text.find(" 4.3.0 ") != std::string::npos
        || last->text.find(" 4.3.5 ") != std::string::npos) {
        return "";
    }
    const bool is_asked_again
        = last->name == "greeting" || last->name == "MAIL" || last->name == "RCPT";
    return is_asked_again && !last->denies_relaying() && !(last->code == 421 && facts.has_tls())
        ? last->text
        : "";
}

// Runs a session and, if the server asks for that, a second one.
class SessionRunner {
public:
    SessionRunner(const LiveTestServer& server, const LiveTestTerms& terms)
        : server_(server)
        , terms_(terms)
        , tls_(server.tls)
    {
    }

    SessionFacts run(const std::optional<TlsIdentity>& identity)
    {
        SessionFacts facts = once(identity);
        const std::string refusal = temporary_refusal(facts);
        const auto again = SteadyClock::now() + pause_before_retry;
        if (!refusal.empty() && again < terms_.end) {
            std::this_thread::sleep_until(again);
            facts = once(identity);
            facts.tried_again_after = refusal;
        }
        return facts;
    }

private:
    SessionFacts once(const std::optional<TlsIdentity>& identity)
    {
        LiveSession session(server_, terms_, tls_, identity);
        SessionFacts facts = session.run();
        if (!session.was_greeted_in_clear() || server_.tls_is_certain) {
            return facts;
        }
        tls_ = TlsStart::starttls;
        return LiveSession(server_, terms_, tls_, identity).run();
    }

    const LiveTestServer& server_;
    const LiveTestTerms& terms_;
    TlsStart tls_; // as the server wants it
};

// Returns true if the session without a certificate can say anything more.
bool needs_control(const SessionFacts& facts)
{
    switch (facts.end) {
    case SessionEnd::answered:
        return facts.tls.took_certificate;
    case SessionEnd::tls_failed:
    case SessionEnd::closed:
        return facts.tls.asks_for_certificate; // it may be our certificate that ends the session
    case SessionEnd::unknown_host:
    case SessionEnd::not_connected:
    case SessionEnd::silent:
    case SessionEnd::nonsense:
    case SessionEnd::out_of_time:
        return false;
    }
    return false;
}

} // namespace

bool StepFacts::denies_relaying() const
{
    const bool is_refusal = code / 100 == 5 || (code == 454 && text.find(" 4.7.1 ") != text.npos);
    return is_refusal && to_lower(text).find("relay") != std::string::npos;
}

const StepFacts* SessionFacts::last_step() const noexcept
{
    const auto last = std::find_if(steps.rbegin(), steps.rend(),
        [](const StepFacts& step) { return step.name != "RSET" && step.name != "QUIT"; });
    return last == steps.rend() ? nullptr : &*last;
}

bool SessionFacts::relays() const noexcept
{
    const StepFacts* last = last_step();
    return last != nullptr && last->name == "RCPT" && last->is_good;
}

void run_live_test(const LiveTestServer& server, const LiveTestTerms& terms, LiveTestFacts& facts)
{
    if (server.where.addresses.empty()) {
        SessionFacts nowhere;
        nowhere.end = SessionEnd::unknown_host;
        nowhere.problem = server.where.problem;
        (terms.identity ? facts.session : facts.control) = std::move(nowhere);
        return;
    }
    SessionRunner runner(server, terms);
    if (terms.identity) {
        facts.session = runner.run(terms.identity);
    }
    if (!facts.session || needs_control(*facts.session)) {
        facts.control = runner.run(std::nullopt);
    }
}

} // namespace relayctl
