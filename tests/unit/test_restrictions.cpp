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
    CHECK(split_restrictions("permit_mynetworks, check_client_access hash:/x,sleep 3 check_policy_service { unix:y, timeout=1 } reject")
          == std::vector<std::string>{"permit_mynetworks", "check_client_access hash:/x", "sleep 3",
                                      "check_policy_service { unix:y, timeout=1 }", "reject"});
    CHECK(split_restrictions("check_ccert_access") == std::vector<std::string>{"check_ccert_access"});
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
        {"permit_tls_clientcerts, reject_unauth_destination", listed, Outcome::permit, "permit_tls_clientcerts"},
        {"permit_tls_clientcerts, reject_unauth_destination", stranger, Outcome::reject, "reject_unauth_destination"},
        {"permit_tls_clientcerts, reject_unauth_destination", broken, Outcome::try_again, "permit_tls_clientcerts"},
        {"reject_unauth_destination, permit_tls_clientcerts", listed, Outcome::reject, "reject_unauth_destination"},
        {"permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination", listed, Outcome::try_again, "defer_unauth_destination"},
        {"permit", stranger, Outcome::permit, "permit"},
        {"", listed, Outcome::next, ""},
        {"reject_non_fqdn_sender sleep 1", listed, Outcome::next, ""},
        {"warn_if_reject reject, permit_tls_clientcerts, reject", listed, Outcome::permit, "permit_tls_clientcerts"},
        {"warn_if_reject reject reject", listed, Outcome::reject, "reject"},
        {"permit_tls_all_clientcerts, reject", stranger, Outcome::reject, "reject"},
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
    const ListVerdict verdict = judged("check_policy_service unix:x, reject_unknown_client_hostname, permit_tls_clientcerts, check_sender_access hash:/y", listed);
    CHECK(verdict.outcome == Outcome::permit);
    CHECK(verdict.unknown == std::vector<std::string>{"check_policy_service unix:x", "reject_unknown_client_hostname"});
}

TEST_CASE("trust and wide networks let clients in without being listed")
{
    RestrictedClient trusted;
    trusted.trusted = true;
    CHECK(judged("permit_tls_all_clientcerts, reject", trusted).outcome == Outcome::permit);
    RestrictedClient unseen;
    unseen.trust_is_known = false;
    CHECK(judged("permit_tls_all_clientcerts, reject", unseen).unknown == std::vector<std::string>{"permit_tls_all_clientcerts"});
    RestrictedClient everywhere;
    everywhere.in_mynetworks = true;
    CHECK(judged("permit_mynetworks, reject", everywhere).decided_by == "permit_mynetworks");
}
