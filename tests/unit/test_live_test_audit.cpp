#include "core/audit/test_audit.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/reason_ids.hpp"

using namespace relayctl;

namespace {

// A session up to RCPT, with this answer.
SessionFacts session_with(int code, const std::string& text, bool shows_certificate)
{
    SessionFacts facts;
    facts.client_address = "192.0.2.7";
    facts.offers_tls = true;
    facts.tls.protocol = "TLSv1.3";
    facts.tls.asks_for_certificate = true;
    facts.tls.took_certificate = shows_certificate;
    facts.steps = { { "RCPT", code / 100 == 2, code, text, {} }, { "QUIT", true, 221, "Bye", {} } };
    return facts;
}

using Ids = std::vector<std::string>;

TestVerdict judged(std::optional<bool> check, int with, int without)
{
    LiveTestFacts facts;
    facts.name = facts.service = "submission/inet";
    const auto refusal = [](int code) {
        return std::to_string(code) + (code == 454 ? " 4.7.1 " : " ") + "Relay access denied";
    };
    facts.session = session_with(with, refusal(with), true);
    facts.control = session_with(without, refusal(without), false);
    const Client client;
    TestQuestion question{ client, {}, std::nullopt, "", {}, Verdict{} };
    question.check->would_relay = check;
    return judge_test(facts, question);
}

// Judges a test without the private key.
TestVerdict judged_without_key(const SessionFacts& session)
{
    LiveTestFacts facts;
    facts.name = "mx.example:587";
    facts.control = session;
    const Client client;
    return judge_test(facts, TestQuestion{ client, {}, std::nullopt, "", {}, std::nullopt });
}

} // namespace

TEST_CASE("check is compared with what the server answers, whatever the reason")
{
    CHECK(ids_of(judged(true, 250, 554)).empty());
    CHECK(ids_of(judged(false, 250, 554)) == Ids{ "check-differs" });
    CHECK(ids_of(judged(std::nullopt, 250, 554)).empty());
    CHECK(ids_of(judged(true, 554, 554)) == Ids{ "not-listed", "check-differs" });
    CHECK(ids_of(judged(false, 554, 554)) == Ids{ "not-listed" });
    // It relays without a certificate as well, of which check says yes.
    CHECK(ids_of(judged(true, 250, 250)) == Ids{ "relays-anyway" });
    CHECK(ids_of(judged(false, 250, 250)) == Ids{ "relays-anyway", "check-differs" });
}

TEST_CASE("a refusal to relay that is put off is one")
{
    CHECK(judged(true, 250, 454).relays == true);
    CHECK(ids_of(judged(true, 250, 454)).empty());
    CHECK(ids_of(judged(false, 454, 454)) == Ids{ "not-listed" });
}

TEST_CASE("without a clear answer to the session without a certificate nothing is known")
{
    const TestVerdict verdict = judged(true, 250, 450);
    CHECK(ids_of(verdict) == Ids{ "control-unseen" });
    CHECK_FALSE(verdict.relays);
    CHECK(verdict.is_answered);
}

TEST_CASE("without the private key nobody can tell, and no is not the answer")
{
    const TestVerdict refused
        = judged_without_key(session_with(554, "554 5.7.1 Relay access denied", false));
    CHECK(ids_of(refused) == Ids{ "key-missing" });
    CHECK_FALSE(refused.relays);
    CHECK(refused.is_answered);
    CHECK(refused.reasons.front().message.find("nobody can tell") != std::string::npos);

    // It relays for everybody, so it does not relay because of the certificate.
    const TestVerdict open = judged_without_key(session_with(250, "250 2.1.5 Ok", false));
    CHECK(ids_of(open) == Ids{ "key-missing", "relays-anyway" });
    CHECK(open.relays == false);

    SessionFacts unasked = session_with(554, "554 5.7.1 Relay access denied", false);
    unasked.tls.asks_for_certificate = false;
    CHECK(judged_without_key(unasked).relays == false);
}

TEST_CASE("a server that ends the session of whoever shows no certificate leaves it open, too")
{
    for (const SessionEnd end : { SessionEnd::tls_failed, SessionEnd::closed }) {
        SessionFacts session = session_with(554, "", false);
        session.steps = { { "TLS", false, 0, "alert", {} } };
        session.end = end;
        session.problem = "the handshake fails";
        const TestVerdict verdict = judged_without_key(session);
        CHECK(ids_of(verdict) == Ids{ "key-missing" });
        CHECK_FALSE(verdict.relays);
        CHECK(verdict.is_answered);
    }
}
