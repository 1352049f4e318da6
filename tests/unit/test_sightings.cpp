// What is kept of sightings, and that it is read as it was written.
#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/store/sightings_file.hpp"

#include <numeric>
#include <random>

using namespace relayctl;
using namespace std::chrono_literals;

namespace {

const Time now = *parse_time("2027-01-15T08:00:00Z");

Fingerprint fingerprint(std::uint8_t byte)
{
    const std::vector<std::uint8_t> bytes(32, byte);
    return Fingerprint(bytes);
}

// Returns one session at that time.
ClientSightings session(Time when, const std::string& address = "192.0.2.1")
{
    ClientSightings client;
    client.presented = { fingerprint(1), fingerprint(2) };
    client.service = "postfix/smtpd";
    client.number = 1;
    client.first = client.last = when;
    client.sessions = client.weeks[0] = 1;
    client.outcome = "connected";
    client.addresses = { { address, when } };
    return client;
}

} // namespace

TEST_CASE("sightings are read as they were written")
{
    std::mt19937 random(1);
    const std::string alphabet("a \\\t\n\x1b,\"'=\xc3\xa4\xff\x00x", 17);
    const auto text = [&] {
        std::string made;
        for (std::size_t i = random() % 20; i > 0; --i) {
            made += alphabet[random() % alphabet.size()];
        }
        return made;
    };
    for (int round = 0; round < 200; ++round) {
        Sightings sightings;
        sightings.next_number = random();
        sightings.dropped = random() % 2;
        sightings.position = text();
        sightings.without_addresses = random() % 2 == 0;
        if (random() % 2 == 0) {
            sightings.since = now - 1h * (random() % 100);
            sightings.until = now;
        }
        for (std::size_t i = random() % 4; i > 0; --i) {
            ClientSightings client = session(now - 1s * (random() % 10'000'000));
            client.number = random();
            client.presented.key = random() % 2 == 0 ? std::nullopt : client.presented.key;
            client.claimed = text();
            client.answer = text();
            client.service = text();
            client.matched = "key";
            client.has_more_addresses = random() % 2 == 0;
            sightings.clients.push_back(client);
        }
        REQUIRE(parse_sightings(to_text(sightings), "x") == sightings);
    }
}

TEST_CASE("what is no file of sightings, or a part of one, is refused")
{
    Sightings sightings;
    sightings.clients = { session(now), session(now - 24h) };
    const std::string whole = to_text(sightings);
    for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
        REQUIRE_THROWS_AS(parse_sightings(whole.substr(0, length), "x"), Error);
    }
    REQUIRE_THROWS_AS(parse_sightings(whole + whole, "x"), Error);
    REQUIRE_THROWS_AS(parse_sightings(whole + "client\t1\n", "x"), Error);
}

TEST_CASE("weeks move with the last session, and sums keep them in their places")
{
    ClientSightings client = session(now);
    move_weeks(client, now + 24h * 14);
    CHECK(client.weeks[0] == 0);
    CHECK(client.weeks[2] == 1);
    move_weeks(client, now); // an older one moves nothing
    CHECK(client.weeks[2] == 1);
    move_weeks(client, now + 24h * 7 * 100);
    CHECK(std::accumulate(client.weeks.begin(), client.weeks.end(), 0U) == 0);

    for (const bool newer_first : { true, false }) {
        ClientSightings sum = session(newer_first ? now : now - 24h * 21);
        add_sightings(sum, session(newer_first ? now - 24h * 21 : now));
        CHECK(sum.sessions == 2);
        CHECK(sum.first == now - 24h * 21);
        CHECK(sum.last == now);
        CHECK(sum.weeks[0] == 1);
        CHECK(sum.weeks[3] == 1);
    }
}

TEST_CASE("of the addresses the newest are kept, each once")
{
    ClientSightings client = session(now);
    for (int i = 0; i < 20; ++i) {
        add_address(client, "192.0.2." + std::to_string(i % 10), now + 1h * i);
    }
    REQUIRE(client.addresses.size() == most_addresses);
    CHECK(client.has_more_addresses);
    for (std::size_t i = 0; i < most_addresses; ++i) {
        CHECK(client.addresses[i].address == "192.0.2." + std::to_string(9 - i));
    }
    add_address(client, "192.0.2.1", now - 1h); // an old one
    CHECK(client.addresses.front().address == "192.0.2.9");
}
