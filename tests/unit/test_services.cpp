#include "core/postfix/services.hpp"
#include "tests/unit/catch.hpp"

using namespace relayctl;

TEST_CASE("the smtpd services of a master.cf")
{
    const auto services
        = parse_services("smtp       inet  n       -       y       -       -       smtpd\n"
                         "submission inet  n       -       n       -       -       smtpd -o "
                         "syslog_name=postfix/submission "
                         "\n"
                         "# a comment between a line and its continuation\n"
                         "  -o {smtpd_relay_restrictions=permit_sasl_authenticated, reject} "
                         "-osmtpd_tls_ask_ccert=yes -v\n"
                         "pickup     unix  n       -       y       60      1       pickup\n"
                         "smtpd      pass  -       -       -       -       -       smtpd\n"
                         "smtp       unix  -       -       y       -       -       smtp\n"
                         "127.0.0.1:10025 inet n   -       y       -       -       postscreen\n");
    REQUIRE(services.size() == 3);
    CHECK(services[0].name == "smtp/inet");
    CHECK(services[0].chroot);
    CHECK(services[0].overrides.empty());
    CHECK(services[1].name == "submission/inet");
    CHECK_FALSE(services[1].chroot);
    const std::vector<std::pair<std::string, std::string>> expected
        = { { "syslog_name", "postfix/submission" },
              { "smtpd_relay_restrictions", "permit_sasl_authenticated, reject" },
              { "smtpd_tls_ask_ccert", "yes" } };
    CHECK(services[1].overrides == expected);
    CHECK(services[2].name == "smtpd/pass");
}

TEST_CASE("odd lines are no services")
{
    CHECK(parse_services("").empty());
    CHECK(parse_services("smtp inet n - y -\n\n{ { {\n} smtpd\n").empty());
    const auto services
        = parse_services("smtp inet n - y - - smtpd -o\nsmtp inet n - y - - smtpd -o {broken\n");
    REQUIRE(services.size() == 2);
    CHECK(services[0].overrides.empty());
}

TEST_CASE("options are read as getopt reads them")
{
    const std::string options
        = GENERATE("-o a=b", "-oa=b", "-vo a=b", "-voa=b", "-o { a = b }", "{ -o a = b }",
            "-v -o a=b -D", "-s 2 -o a=b", "-s -o -o a=b", "-oa=b -- -o c=d", "-o a=b -o broken");
    const auto services = parse_services("smtp inet n - n - - smtpd " + options + "\n");
    REQUIRE(services.size() == 1);
    const std::vector<std::pair<std::string, std::string>> expected = { { "a", "b" } };
    CHECK(services[0].overrides == expected);
}

TEST_CASE("an override that follows -o without a blank is read whole, whatever letters it has")
{
    const std::string value = GENERATE("hash:/postfix", "hash:/tmp/uoo5", "foo", "ooo", "o", "-o");
    const auto services
        = parse_services("smtp inet n - n - - smtpd -osmtpd_relay_restrictions=" + value + " -v\n");
    REQUIRE(services.size() == 1);
    const std::vector<std::pair<std::string, std::string>> expected
        = { { "smtpd_relay_restrictions", value } };
    CHECK(services[0].overrides == expected);
}
