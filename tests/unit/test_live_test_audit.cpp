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
