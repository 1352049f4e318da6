#include "core/base/ip_address.hpp"
#include "core/base/public_addresses.hpp"
#include "core/inspect/claimed_keys.hpp"
#include "core/postfix/match_list.hpp"
#include "tests/unit/catch.hpp"

#include <map>
#include <set>

using namespace relayctl;

namespace {

const MatchRules addresses{ true, true, true };

std::optional<std::string> no_file(const std::string&)
{
    return std::nullopt;
}

std::optional<std::vector<bool>> no_table(const std::string&, const std::vector<std::string>&)
{
    return std::nullopt;
}

std::optional<bool> has(
    const char* list, const MatchSubject& subject, const MatchRules& rules = addresses)
{
    return match_all(parse_match_list(list, no_file), { subject }, rules, no_table).front().answer;
}

std::optional<bool> has_address(const char* list, const char* address)
{
    return has(list, { "unknown", address });
}

Width width(const char* list)
{
    std::vector<MatchSubject> subjects;
    for (const std::string& address : sample_of_public_addresses()) {
        subjects.push_back({ "unknown", address });
    }
    std::vector<bool> taken;
    for (const auto& answer :
        match_all(parse_match_list(list, no_file), subjects, addresses, no_table)) {
        taken.push_back(answer.answer.value_or(false));
    }
    return width_of(taken);
}

} // namespace

TEST_CASE("addresses and networks")
{
    CHECK(has_address("127.0.0.0/8 [::1]/128", "127.9.9.9") == std::optional(true));
    CHECK(has_address("127.0.0.0/8, [::1]/128", "::1") == std::optional(true));
    CHECK(has_address("[2001:db8::/32]", "2001:db8:1::1") == std::optional(true));
    CHECK(has_address("192.0.2.128/25", "192.0.2.127") == std::optional(false));
    CHECK(has_address("!192.0.2.1, 192.0.2.0/24", "192.0.2.1") == std::optional(false));
    CHECK(has_address("!!192.0.2.1", "192.0.2.1") == std::optional(true));
    CHECK(has_address("192.0.2.1", "192.0.2.1") == std::optional(true));
    CHECK(has_address("", "192.0.2.1") == std::optional(false));
    CHECK(has_address("0.0.0.0/0", "2001:db8::1") == std::optional(false));
    CHECK(has_address("192.0.2.0/33", "192.0.2.1") == std::nullopt);
    CHECK(has_address("192.0.2.1/24", "192.0.2.1") == std::nullopt); // host bits
    CHECK(has_address("192.0.2.1, 192.0.2.0/33", "192.0.2.1")
        == std::optional(true)); // what stands in front decides
    CHECK(has_address("mail.example.org", "192.0.2.1") == std::optional(false));
    CHECK(is_address("[2001:db8::1]"));
    CHECK_FALSE(is_address("localhost"));
}

TEST_CASE("a list that names a host, and a host whose name is not known")
{
    CHECK(has(".example.org", { "mail.example.org", "192.0.2.1" }, { true, true, false })
        == std::optional(true));
    CHECK(has("example.org", { "mail.example.org", "192.0.2.1" }, { true, true, false })
        == std::optional(false));
    CHECK(has("example.org", { "mail.example.org", "192.0.2.1" }) == std::optional(true));
    CHECK(has("example.org", { std::nullopt, "192.0.2.1" }) == std::nullopt);
    CHECK(has("example.org, 192.0.2.1", { std::nullopt, "192.0.2.1" }) == std::optional(true));
    CHECK(has("!example.org, 192.0.2.1", { std::nullopt, "192.0.2.1" }) == std::nullopt);
    CHECK(has("!example.org", { std::nullopt, "192.0.2.1" }) == std::optional(false));
    CHECK(has("COM", { "a.com", "" }, { false, true, true }) == std::optional(true));
    CHECK(has("com", { "a.com", "" }, { false, false, false }) == std::optional(false));
}

TEST_CASE("files and tables in a list")
{
    const std::map<std::string, std::string> files
        = { { "/a", "# 0.0.0.0/0\n 10.0.0.0/8,\n\t!/b\n" }, { "/b", "static:x\n" },
              { "/loop", "/loop\n" } };
    const auto read = [&](const std::string& path) {
        return files.contains(path) ? std::optional(files.at(path)) : std::nullopt;
    };
    CHECK(parse_match_list("/a", read)
        == std::vector<MatchPattern>{ { false, false, "10.0.0.0/8" }, { true, true, "static:x" } });
    CHECK(parse_match_list("!/a", read).back() == MatchPattern{ false, true, "static:x" });
    CHECK(parse_match_list("/none", read)
        == std::vector<MatchPattern>{ { false, true, "nofile:/none" } });
    CHECK(parse_match_list("/loop", read)
        == std::vector<MatchPattern>{ { false, true, "nofile:/loop" } });
    std::vector<std::string> asked;
    const auto table = [&](const std::string&, const std::vector<std::string>& keys) {
        asked = keys;
        std::vector<bool> found(keys.size(), false);
        found.back() = true;
        return std::optional(found);
    };
    const auto match = [&](const char* list, const MatchRules& rules) {
        return match_all(parse_match_list(list, no_file), { { "x.y.com", "" } }, rules, table)
            .front()
            .answer;
    };
    CHECK(match("hash:/x", { false, true, true }) == std::optional(true));
    CHECK(asked == std::vector<std::string>{ "x.y.com", "y.com", "com" });
    CHECK(match("!hash:/x", { false, true, false }) == std::optional(false));
    CHECK(asked == std::vector<std::string>{ "x.y.com", ".y.com", ".com" });
    CHECK(match("regexp:/x", { false, true, true }) == std::optional(true));
    CHECK(asked == std::vector<std::string>{ "x.y.com" });
    CHECK(has_address("hash:/none, 192.0.2.1", "192.0.2.1") == std::nullopt); // smtpd answers 451
    const auto stopped_at = [&](const char* list, const MatchSubject& subject) {
        return match_all(parse_match_list(list, no_file), { subject }, addresses, no_table)
            .front()
            .stopped_at;
    };
    CHECK(stopped_at("10.0.0.0/8, 127.0.5.1/8", { "unknown", "192.0.2.1" }) == "127.0.5.1/8");
    CHECK(stopped_at("127.0.5.1/8", { "unknown", "2001:db8::7" }).empty());
    CHECK(stopped_at("192.0.2.1, hash:/none", { "unknown", "192.0.2.1" }).empty());
    CHECK(stopped_at("mail.example, hash:/none", { std::nullopt, "192.0.2.1" }).empty());
}

TEST_CASE("how much of the Internet a list takes in")
{
    struct Row {
        const char* list;
        Width width;
    };
    const Row rows[] = {
        { "", Width::narrow },
        { "127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 100.64.0.0/10 "
          "224.0.0.0/4 240.0.0.0/4",
            Width::narrow },
        { "192.0.2.0/24 [2001:db8::]/32 [fe80::]/10 [fc00::]/7", Width::narrow },
        { "44.0.0.0/9", Width::narrow },
        { "44.0.0.0/8", Width::broad },
        { "44.0.0.0/8 45.0.0.0/10", Width::wide },
        { "44.0.0.0/7", Width::wide },
        { "0.0.0.0/0", Width::all },
        { "0.0.0.0/1 128.0.0.0/1", Width::all },
        { "!192.0.2.1 0.0.0.0/0", Width::all },
        { "!0.0.0.0/1 0.0.0.0/0", Width::wide },
        { "0.0.0.0/0, !192.0.2.1", Width::all },
        { "!0.0.0.0/0, 0.0.0.0/0", Width::narrow },
        { "[::]/0", Width::all },
        { "[::]/1 [8000::]/1", Width::all },
        { "[2a00::]/12", Width::wide },
        { "[2a01:4f8::]/29", Width::narrow },
    };
    for (const Row& row : rows) {
        INFO(row.list);
        CHECK(width(row.list) == row.width);
    }
}

TEST_CASE("the keys of tables that are asked for what a client says")
{
    const ClaimSource source{ "label", "unknown", "192.0.2.1", "<>", { "own.example" }, true };
    const Claims client = claims_of("check_client_access", "hash:/x", source);
    CHECK(client.exact);
    CHECK(client.clients
        == std::vector<Claim>{ { "unknown", "192.0.2.1", "192.0.2", "192.0", "192" } });
    CHECK(claims_of("check_client_access", "cidr:/x", source).clients
        == std::vector<Claim>{ { "192.0.2.1" } });
    CHECK_FALSE(claims_of(
        "check_client_access", "hash:/x", { "label", std::nullopt, "192.0.2.1", "<>", {}, true })
                    .exact);
    const Claims sender = claims_of("check_sender_access", "hash:/x", source);
    CHECK_FALSE(sender.exact);
    CHECK(sender.clients.front()
        == Claim{ "label@label.example", "label.example", "example", "label@" });
    CHECK(sender.guesses.front() == Claim{ "<>" });
    CHECK(claims_of("check_sender_access", "regexp:/x", source).clients.front()
        == Claim{ "label@label.example" });
}

TEST_CASE("what a table says to all, and to whom it says something else")
{
    Claims claims;
    claims.clients = { { "a", "b" }, { "c" } };
    claims.guesses = { { "d" } };
    CHECK(facts_of_claims(claims, { std::nullopt, "OK", "OK", std::nullopt }).answer.values
        == std::vector<std::string>{ "OK" });
    const ClaimTableFacts some
        = facts_of_claims(claims, { std::nullopt, std::nullopt, "OK", "permit" });
    CHECK(some.answer.unknown);
    CHECK(some.on_claim
        == std::vector<std::pair<std::string, std::string>>{ { "c", "OK" }, { "d", "permit" } });
    CHECK(facts_of_claims(claims, { "REJECT", "OK", "OK", std::nullopt }).answer.unknown);
    claims.exact = true;
    claims.clients = { { "a" } };
    CHECK_FALSE(facts_of_claims(claims, { std::nullopt, std::nullopt }).answer.unknown);
}
