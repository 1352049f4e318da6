#include "core/postfix/parameter_values.hpp"
#include "core/postfix/services.hpp"
#include "core/postfix/written_settings.hpp"
#include "core/table/refusing_value.hpp"
#include "tests/unit/catch.hpp"

using namespace relayctl;

TEST_CASE("parameter values: what smtpd cannot read")
{
    for (const char* value : { "yes", "No", "YES" }) {
        CHECK_FALSE(value_problem("smtpd_tls_ask_ccert", value));
    }
    for (const char* value : { "", "on", "yes # x", "yes yes" }) {
        CHECK(value_problem("smtpd_tls_ask_ccert", value));
    }
    for (const char* value : { "300", "5m", "5minutes", "5m # x", "+5m", "0" }) {
        CHECK_FALSE(value_problem("smtpd_timeout", value));
    }
    for (const char* value : { "", "5 minutes", "-5s", "1.5h", "5M", "9999999999s", "9999w" }) {
        CHECK(value_problem("smtpd_timeout", value));
    }
    CHECK(value_problem("smtpd_recipient_limit", "10k"));
    CHECK_FALSE(value_problem("smtpd_recipient_limit", "+10"));
    CHECK_FALSE(value_problem("smtpd_banner", "10k"));
    CHECK_FALSE(value_problem("timeout", "10k"));
}

TEST_CASE("parameter values: what was meant")
{
    CHECK(meant_value("smtpd_tls_ask_ccert", "yes # x") == "yes");
    CHECK(meant_value("smtpd_tls_ask_ccert", "on") == "yes");
    CHECK(meant_value("smtpd_timeout", "5 minutes") == "5m");
    CHECK(meant_value("smtpd_timeout", "soon").empty());
    CHECK(meant_value("smtpd_tls_protocols", "TLSv1.2 # x") == "TLSv1.2");
    CHECK(meant_value("smtpd_tls_protocols", "# x").empty());
    CHECK(meant_parameter("smtpd_tls_ask_cert") == "smtpd_tls_ask_ccert");
    CHECK(meant_parameter("mtpd_tls_cert_file") == "smtpd_tls_cert_file");
    CHECK(meant_parameter("smtpd_tls_cafile") == "smtpd_tls_CAfile");
    CHECK(meant_parameter("my_macro").empty());
}

TEST_CASE("parameter values: protocols and cipher grades")
{
    CHECK_FALSE(tls_value_problem("protocols", "!SSLv2, !SSLv3", "3.5.0"));
    CHECK_FALSE(tls_value_problem("protocols", ">=TLSv1.2", "3.6.0"));
    CHECK_FALSE(tls_value_problem("protocols", "", "3.7.11"));
    CHECK(tls_value_problem("protocols", ">=TLSv1.2", "3.5.27"));
    CHECK(tls_value_problem("protocols", "TLS1.2", "3.7.11"));
    CHECK_FALSE(tls_value_problem("ciphers", "HIGH", "3.7.11"));
    CHECK(tls_value_problem("ciphers", "bogus", "3.7.11"));
}

TEST_CASE("written settings: the last one counts, and -o behind main.cf")
{
    Service service;
    service.overrides = { { "b", "4" } };
    service.line = 7;
    const auto settings = with_overrides(
        written_settings("# x\na = 1\nb=2\na =\n 3\nword\n", "main.cf"), service, "master.cf");
    REQUIRE(settings.size() == 2);
    CHECK(find_setting(settings, "a")->value == "3");
    CHECK(find_setting(settings, "a")->line == 4);
    CHECK(find_setting(settings, "b")->file == "master.cf");
    CHECK(find_setting(settings, "b")->line == 7);
    CHECK(find_setting(settings, "word") == nullptr);
}

TEST_CASE("services: what master_service_disable turns off")
{
    CHECK(is_disabled("submission/inet", "inet"));
    CHECK(is_disabled("submission/inet", "unix, submission.inet"));
    CHECK(is_disabled("127.0.0.1:25/inet", "127.0.0.1:25/inet"));
    CHECK_FALSE(is_disabled("submission/inet", "!submission/inet, inet"));
    CHECK_FALSE(is_disabled("smtp/inet", "submission/inet"));
    CHECK_FALSE(is_disabled("smtp/inet", ""));
}

TEST_CASE("values that mean a refusal")
{
    for (const char* value : { "REJECT", "reject stolen laptop", "554 no", "Defer", "DISCARD x" }) {
        CHECK(means_refusal(value));
    }
    for (const char* value : { "rejected.example", "OK", "5540", "", "zen 554" }) {
        CHECK_FALSE(means_refusal(value));
    }
}
