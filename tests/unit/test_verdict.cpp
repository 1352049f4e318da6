#include "core/audit/configuration_audit.hpp"
#include "core/audit/verdict.hpp"
#include "core/base/text.hpp"
#include "core/postfix/parse_output.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/reason_ids.hpp"

#include <algorithm>
#include <array>

using namespace relayctl;

namespace {

constexpr std::array<std::uint8_t, 32> bytes{ 0xAB, 0xCD };

// A service that lets listed clients relay.
ServiceFacts good_service()
{
    ServiceFacts facts;
    facts.service.name = "smtp/inet";
    facts.service.parameters = { { "mail_version", "3.7.11" },
        { "smtpd_tls_security_level", "may" }, { "smtpd_tls_ask_ccert", "yes" },
        { "smtpd_tls_cert_file", "/server.pem" }, { "relay_clientcerts", "hash:/clients" },
        { "smtpd_relay_restrictions",
            "permit_mynetworks, permit_tls_clientcerts, reject_unauth_destination" } };
    facts.digest = Digest::by_name("sha256");
    TableFacts table;
    table.name = "hash:/clients";
    table.source_path = "/clients";
    table.answers = { LookupStatus::found };
    table.values = { "zen.example" };
    table.source
        = std::make_shared<const Document>(Fingerprint(bytes).to_string() + " zen.example\n");
    facts.tables = { table };
    return facts;
}

Question about_the_fingerprint()
{
    Question question;
    question.client.name = "it";
    question.client.fingerprint = Fingerprint(bytes);
    return question;
}

// The good service, which also takes a raw public key instead of a certificate.
ServiceFacts service_with_raw_keys(const std::string& version)
{
    ServiceFacts facts = good_service();
    facts.service.parameters["mail_version"] = version;
    facts.service.parameters["smtpd_tls_enable_rpk"] = "yes";
    return facts;
}

// A certificate that is valid at any time.
Certificate timeless_certificate()
{
    Certificate certificate;
    certificate.der = { 1 };
    certificate.not_before = Time();
    certificate.not_after = Time::max();
    return certificate;
}

} // namespace

TEST_CASE("a listed client relays, by its line")
{
    const Verdict verdict = judge(good_service(), about_the_fingerprint(), Repair());
    CHECK(verdict.would_relay == std::optional(true));
    REQUIRE(verdict.match);
    CHECK(verdict.match->line == 1);
    CHECK(verdict.match->host == "zen.example");
    CHECK(verdict.reasons.empty());
}

TEST_CASE("the first failing table ends the search, in the order of the version")
{
    Client client;
    Certificate certificate;
    certificate.der = { 1 };
    certificate.key.as_written = { 2 };
    client.certificate = &certificate;
    ServiceFacts facts = good_service();
    facts.tables[0].answers = { LookupStatus::missing, LookupStatus::found }; // listed by its key
    facts.tables[0].values = { "", "zen.example" };
    TableFacts broken;
    broken.name = "hash:/broken";
    broken.answers = { LookupStatus::fails, LookupStatus::fails };
    broken.values = { "", "" };
    facts.tables.push_back(broken);
    CHECK(look_up(facts, client).listed
        == Listed::fails); // up to 3.8 the certificate is looked up everywhere first
    facts.service.parameters["mail_version"] = "3.10.2";
    CHECK(look_up(facts, client).listed == Listed::yes);
    CHECK(version_is_at_least("3.9-20240101", 3, 9));
    CHECK_FALSE(version_is_at_least("3.8.6", 3, 9));
}

TEST_CASE("an entry of the certificate alone does not serve raw public keys")
{
    const Certificate certificate = timeless_certificate();
    ServiceFacts facts = service_with_raw_keys("3.9.0");
    facts.tables[0].answers = { LookupStatus::found, LookupStatus::missing };
    facts.tables[0].values = { "zen.example", "" };
    facts.tables[0].source.reset();
    Question question;
    question.client.certificate = &certificate;
    question.client.add_words = "zen.pem";
    const Verdict verdict = judge(facts, question, Repair("/etc/postfix-out"));
    CHECK(ids_of(verdict) == std::vector<std::string>{ "rpk-cert-only" });
    CHECK(verdict.reasons[0].hint
        == "relayctl -c /etc/postfix-out add --key zen.pem zen.example -t hash:/clients");
}

TEST_CASE("a raw public key is judged without the fingerprint of a certificate")
{
    const Certificate certificate = timeless_certificate();
    ServiceFacts facts = service_with_raw_keys("3.10.2");
    Question question;
    question.client.certificate = &certificate;
    SECTION("an access table refuses the certificate and permits the key")
    {
        facts.service.parameters["smtpd_relay_restrictions"] = "check_ccert_access hash:/a, reject";
        AccessTableFacts access = parse_access_argument("hash:/a");
        access.table.answers = { LookupStatus::found, LookupStatus::found };
        access.table.values = { "REJECT", "OK" };
        facts.ccert_access["hash:/a"] = access;
        const Verdict verdict = judge(facts, question, Repair());
        CHECK(verdict.would_relay == std::optional(false));
        CHECK(ids_of(verdict).back() == "rpk-relays");
        facts.service.parameters["mail_version"] = "3.8.6";
        CHECK(ids_of(judge(facts, question, Repair())).back() != "rpk-relays");
    }
    SECTION("only a certificate is trusted")
    {
        facts.service.parameters["smtpd_relay_restrictions"] = "permit_tls_all_clientcerts, reject";
        facts.tables.clear();
        facts.trusted = true;
        const Verdict verdict = judge(facts, question, Repair());
        CHECK(verdict.would_relay == std::optional(true));
        CHECK(
            ids_of(verdict) == std::vector<std::string>{ "permit-all-clientcerts", "rpk-refused" });
    }
}

TEST_CASE("what is unknown is no guess")
{
    ServiceFacts facts = good_service();
    facts.tables[0].answers = { LookupStatus::unseen };
    CHECK(judge(facts, about_the_fingerprint(), Repair()).would_relay == std::nullopt);
    facts.tables[0].answers
        = { LookupStatus::missing }; // only one fingerprint of the client is known
    facts.tables[0].source.reset();
    const Verdict partial = judge(facts, about_the_fingerprint(), Repair());
    CHECK(partial.would_relay == std::nullopt);
    CHECK(ids_of(partial) == std::vector<std::string>{ "not-listed" });
    facts.service.parameters["smtpd_tls_ask_ccert"] = "no";
    CHECK(judge(facts, about_the_fingerprint(), Repair()).would_relay == std::optional(false));
}

TEST_CASE("commands are set where the parameter is effective")
{
    ServiceFacts facts = good_service();
    facts.service.name = "submission/inet";
    CHECK(Repair().set(facts, "mynetworks", "127.0.0.0/8 [::1]/128")
        == "postconf -e 'mynetworks = 127.0.0.0/8 [::1]/128' && postfix reload");
    facts.service.overrides = { { "mynetworks", "0.0.0.0/0" } };
    CHECK(Repair("/a b").set(facts, "mynetworks", "127.0.0.0/8, [::1]/128")
        == "postconf -c '/a b' -P 'submission/inet/mynetworks=127.0.0.0/8,[::1]/128' && postfix -c "
           "'/a b' reload");
}

TEST_CASE("smtpd is told the digest of the entries where all of them have it, and it is not weak")
{
    const Digest sha256 = Digest::by_name("sha256");
    const std::string name = "smtpd_tls_fingerprint_digest";
    ServiceFacts facts = good_service(); // its only entry is of sha256
    const auto computing = [&](const char* digest) {
        facts.digest = Digest::by_name(digest);
        facts.service.parameters[name] = digest;
    };
    const std::vector<Setting> set{ { name, "sha256" } };
    computing("sha512");
    CHECK(settings_to_compute(facts, sha256) == set);
    CHECK(settings_to_compute(facts, Digest::by_name("sha1")).empty());
    computing("md5");
    CHECK(settings_to_compute(facts, sha256) == set);
    // -d asks about a digest that smtpd does not compute.
    facts.service.parameters[name] = "sha256";
    CHECK(settings_to_compute(facts, sha256).empty());
    computing("sha512");

    ServiceFacts shared = facts; // the parameter is that of other services, too
    shared.service.overrides = { { "relay_clientcerts", "hash:/clients" } };
    CHECK(settings_to_compute(shared, sha256).empty());
    shared.service.overrides.push_back({ name, "sha512" });
    CHECK(settings_to_compute(shared, sha256) == set);

    ServiceFacts reading = facts;
    reading.ccert_access["hash:/access"];
    CHECK(settings_to_compute(reading, sha256).empty());

    TableFacts mixed = facts.tables.front();
    mixed.source = std::make_shared<const Document>(
        std::string("AB:CD:AB:CD:AB:CD:AB:CD:AB:CD:") + "AB:CD:AB:CD:AB:CD old.example\n");
    facts.tables.push_back(mixed);
    CHECK(settings_to_compute(facts, sha256).empty());
    facts.tables.back().source = nullptr; // not to be read
    CHECK(settings_to_compute(facts, sha256).empty());
}

TEST_CASE("a word for the shell")
{
    CHECK(shell_quote("hash:/etc/postfix/relay_clients") == "hash:/etc/postfix/relay_clients");
    CHECK(shell_quote("") == "''");
    CHECK(shell_quote("a b") == "'a b'");
    // fish takes a backslash within single quotes away, and dash knows no $'...'.
    CHECK(shell_quote("it's") == R"('it'"'"'s')");
    CHECK(shell_quote("a\\b c") == R"('a'"\\"'b c')");
    CHECK_FALSE(is_pasteable("\033[2J"));
    CHECK(command_line({ "relayctl", "remove", "\033[2J" }).empty());
}

TEST_CASE("the argument of check_ccert_access")
{
    const AccessTableFacts plain = parse_access_argument("hash:/a");
    CHECK(plain.table.name == "hash:/a");
    CHECK(plain.search_order == std::vector<std::string>{ "cert", "key" });
    const AccessTableFacts keys
        = parse_access_argument("{ hash:/a, { search_order = pubkey_fingerprint } }");
    CHECK(keys.table.name == "hash:/a");
    CHECK(keys.search_order == std::vector<std::string>{ "key" });
    CHECK_FALSE(keys.malformed);
    CHECK(parse_access_argument("{ hash:/a { search_order = cert_fingerprint, subject_cn } }")
              .search_order
        == std::vector<std::string>{ "cert", "subject_cn" });
    for (const char* bad : { "{ }", "{ nocolon }", "{ hash:/a { order = cert_fingerprint } }",
             "{ hash:/a { search_order = print } }", "{ hash:/a x }" }) {
        INFO(bad);
        CHECK(parse_access_argument(bad).malformed);
    }
}

TEST_CASE("findings of several services come once")
{
    ConfigurationFacts facts;
    facts.services = { good_service(), good_service(), good_service() };
    facts.services[1].service.name = "submission/inet";
    facts.services[2].service.name = "quiet/inet"; // does not mean certificates
    facts.services[2].service.parameters["smtpd_relay_restrictions"] = "reject_unauth_destination";
    facts.tables = { { "hash", "/clients" } };
    facts.main_cf = "/etc/postfix/main.cf";
    for (ServiceFacts& service : facts.services) {
        service.tables[0].answers = { LookupStatus::missing };
        service.service.parameters["smtpd_tls_ask_ccert"] = "no";
    }
    const auto findings = audit_configuration(facts, Repair());
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].id == "ask-ccert-off");
    CHECK(findings[0].file == "/etc/postfix/main.cf");
    CHECK(findings[0].message.starts_with("smtp/inet, submission/inet: "));
}
