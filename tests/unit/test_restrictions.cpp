#include "core/audit/restrictions.hpp"
#include "tests/unit/catch.hpp"

using namespace relayctl;

namespace {

ListVerdict judged(const char* list, const RestrictedClient& client)
{
    return judge_restrictions(split_restrictions(list), client);
}

} // namespace

TEST_CASE("restrictions with an argument are one word")
{
    CHECK(split_restrictions("permit_mynetworks, check_client_access hash:/x,sleep 3 "
                             "check_policy_service { unix:y, timeout=1 } reject")
        == std::vector<std::string>{ "permit_mynetworks", "check_client_access hash:/x", "sleep 3",
            "check_policy_service { unix:y, timeout=1 }", "reject" });
    CHECK(split_restrictions("check_ccert_access")
        == std::vector<std::string>{ "check_ccert_access" });
}

TEST_CASE("what a list does with a client")
{
    RestrictedClient listed;
    listed.listed = Listed::yes;
    const RestrictedClient stranger;
    RestrictedClient broken;
    broken.listed = Listed::fails;
    struct Row {
        const char* list;
        const RestrictedClient& client;
        Outcome outcome;
        const char* decided_by;
    };
    const Row rows[] = {
        { "permit_tls_clientcerts, reject_unauth_destination", listed, Outcome::permit,
            "permit_tls_clientcerts" },
        { "permit_tls_clientcerts, reject_unauth_destination", stranger, Outcome::reject,
            "reject_unauth_destination" },
        { "permit_tls_clientcerts, reject_unauth_destination", broken, Outcome::try_again,
            "permit_tls_clientcerts" },
        { "reject_unauth_destination, permit_tls_clientcerts", listed, Outcome::reject,
            "reject_unauth_destination" },
        { "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination", listed,
            Outcome::try_again, "defer_unauth_destination" },
        { "permit", stranger, Outcome::permit, "permit" },
        { "", listed, Outcome::next, "" },
        { "reject_non_fqdn_sender sleep 1", listed, Outcome::next, "" },
        { "warn_if_reject reject, permit_tls_clientcerts, reject", listed, Outcome::permit,
            "permit_tls_clientcerts" },
        { "warn_if_reject reject reject", listed, Outcome::reject, "reject" },
        { "permit_tls_all_clientcerts, reject", stranger, Outcome::reject, "reject" },
    };
    for (const Row& row : rows) {
        INFO(row.list);
        const ListVerdict verdict = judged(row.list, row.client);
        CHECK(verdict.outcome == row.outcome);
        CHECK(verdict.decided_by == row.decided_by);
        CHECK(verdict.unknown.empty());
    }
}

TEST_CASE("what cannot be seen from outside is named")
{
    RestrictedClient listed;
    listed.listed = Listed::yes;
    const ListVerdict verdict
        = judged("check_policy_service unix:x, reject_unknown_client_hostname, "
                 "permit_tls_clientcerts, check_sender_access hash:/y",
            listed);
    CHECK(verdict.outcome == Outcome::permit);
    REQUIRE(verdict.unknown.size() == 2);
    CHECK(verdict.unknown[0].word == "check_policy_service unix:x");
    CHECK((verdict.unknown[0].may_permit && verdict.unknown[0].may_reject));
    CHECK(verdict.unknown[1].word == "reject_unknown_client_hostname");
    CHECK_FALSE(verdict.unknown[1].may_permit);
    CHECK_FALSE(verdict.surely_passes());
    CHECK(judged("permit_dnswl_client x, permit_tls_clientcerts", listed).surely_passes());
    CHECK_FALSE(judged("permit_dnswl_client x, reject", listed).surely_stops());
    CHECK(judged("reject_rbl_client x, reject", listed).surely_stops());
}

TEST_CASE("trust and wide networks let clients in without being listed")
{
    RestrictedClient trusted;
    trusted.trusted = true;
    CHECK(judged("permit_tls_all_clientcerts, reject", trusted).outcome == Outcome::permit);
    trusted.listed = Listed::fails; // trust is looked at first
    CHECK(judged("permit_tls_all_clientcerts, reject", trusted).outcome == Outcome::permit);
    RestrictedClient unseen;
    unseen.trusted = std::nullopt;
    const ListVerdict may_be = judged("permit_tls_all_clientcerts, reject", unseen);
    REQUIRE(may_be.unknown.size() == 1);
    CHECK_FALSE(may_be.surely_stops());
    RestrictedClient listed;
    listed.listed = Listed::yes;
    CHECK(judged("permit_tls_all_clientcerts, reject", listed).outcome
        == Outcome::permit); // it asks the table, too
    RestrictedClient everywhere;
    everywhere.in_mynetworks = true;
    CHECK(judged("permit_mynetworks, reject", everywhere).decided_by == "permit_mynetworks");
}

TEST_CASE("what an access table says of the certificate")
{
    struct Row {
        const char* value;
        Outcome outcome;
        bool misconfigured;
    };
    const Row rows[] = {
        { "OK", Outcome::permit, false }, { "relay and text", Outcome::permit, false },
        { "20261123", Outcome::permit, false }, { "REJECT go away", Outcome::reject, false },
        { "554 no", Outcome::reject, false }, { "450 later", Outcome::try_again, false },
        { "DEFER", Outcome::try_again, false }, { "DUNNO", Outcome::next, false },
        { "HOLD", Outcome::next, false }, { "DISCARD", Outcome::discard, false },
        { "permit_tls_clientcerts, reject", Outcome::reject, false },
        { "permit", Outcome::permit, false }, { "zen.suse.co.uk", Outcome::try_again, true },
        { "hash:/x", Outcome::try_again, true },
        { "550", Outcome::permit, false }, // all digits, no text: OK (check_table_result())
    };
    for (const Row& row : rows) {
        INFO(row.value);
        RestrictedClient client;
        client.ccert_access["hash:/a"].values = { row.value };
        const ListVerdict verdict = judged("check_ccert_access hash:/a", client);
        CHECK(verdict.outcome == row.outcome);
        CHECK(verdict.misconfigured == row.misconfigured);
    }
    RestrictedClient client;
    client.ccert_access["hash:/a"].values = { "DUNNO", "OK" };
    CHECK(judged("check_ccert_access hash:/a, reject", client).outcome == Outcome::permit);
    client.ccert_access["hash:/a"] = { false, true, false, {} };
    CHECK(judged("check_ccert_access hash:/a, reject", client).outcome == Outcome::try_again);
    client.presents = false;
    CHECK(judged("check_ccert_access hash:/a, reject", client).outcome == Outcome::reject);
}

TEST_CASE("classes, unknown words and warnings")
{
    RestrictedClient client;
    client.listed = Listed::yes;
    client.classes["certified"] = split_restrictions("permit_tls_clientcerts, reject");
    client.classes["loop"] = { "loop" };
    CHECK(judged("certified, reject", client).outcome == Outcome::permit);
    CHECK(judged("loop", client).misconfigured);
    CHECK(judged("permit_tls_clientcert", client).misconfigured);
    CHECK(judged("check_client_access nocolon", client).misconfigured);
    CHECK(judged("warn_if_reject certified, reject", client).outcome == Outcome::permit);
    client.listed = Listed::no;
    CHECK(judged("warn_if_reject certified, permit", client).outcome == Outcome::permit);
    CHECK(judged("defer_if_permit, permit", client).surely_defers);
    const ListVerdict behind_unknown
        = judged("check_helo_access inline:{x=OK}, defer_if_permit, permit", client);
    CHECK((behind_unknown.defers_if_permitted && !behind_unknown.surely_defers
        && !behind_unknown.surely_passes()));
    CHECK(names_restriction({ "certified" }, client.classes, "permit_tls_clientcerts"));
    CHECK_FALSE(names_restriction({ "loop" }, client.classes, "permit_tls_clientcerts"));
}

TEST_CASE("before RCPT nothing is refused for its destination")
{
    RestrictedClient client;
    client.names_recipient = false;
    CHECK(judged("reject_unauth_destination", client).outcome == Outcome::next);
    CHECK(judged("defer_unauth_destination", client).outcome == Outcome::next);
    CHECK(judged("reject", client).outcome == Outcome::reject);
    client.encrypted = false;
    CHECK(judged("reject_plaintext_session", client).outcome == Outcome::try_again);
}
