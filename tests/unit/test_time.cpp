#include "catch.hpp"
#include "core/base/time.hpp"

#include <limits>

using namespace relayctl;
using namespace std::chrono_literals;

namespace {

// The seconds are from: date -u -d TEXT +%s
struct Known {
    const char* text;
    long long seconds;
};

constexpr Known known[] = { { "1970-01-01T00:00:00Z", 0 }, { "2027-11-22T08:00:00Z", 1826870400 },
    { "2028-02-29T23:59:59Z", 1835481599 }, { "1950-06-30T12:00:00Z", -615556800 },
    { "9999-12-31T23:59:59Z", 253402300799 }, { "2050-01-01T00:00:00Z", 2524608000 },
    { "0001-01-01T00:00:00Z", -62135596800 } };

} // namespace

TEST_CASE("times are written and read as RFC 3339")
{
    for (const Known& time : known) {
        CAPTURE(time.text);
        CHECK(to_rfc3339(Time(std::chrono::seconds(time.seconds))) == time.text);
        REQUIRE(parse_time(time.text));
        CHECK(parse_time(time.text)->time_since_epoch().count() == time.seconds);
    }
    CHECK(parse_time("2027-11-22") == parse_time("2027-11-22T00:00:00Z"));
    CHECK(parse_time("2027-11-22t10:00:00+02:00") == parse_time("2027-11-22T08:00:00Z"));
    CHECK(parse_time("2027-11-22T02:30:00-05:30") == parse_time("2027-11-22T08:00:00Z"));
}

TEST_CASE("what is no time is none")
{
    const std::string text = GENERATE("", "soon", "2027", "2027-11", "2027-11-22T", "2027-11-22T08",
        "2027-11-22T08:00:00", "2027-11-22 08:00:00Z", "2027-13-01", "2027-02-29", "2027-00-10",
        "2027-04-31", "2027-11-22T24:00:00Z", "2027-11-22T08:61:00Z", "2027-11-22T08:00:00Zx",
        "2027-11-22T08:00:00+24:00", "2027-11-22T08:00:00.5Z", "-001-01-01", "20271122",
        " 2027-11-22", "2027-11-22 ", "12027-11-22");
    CAPTURE(text);
    CHECK_FALSE(parse_time(text));
}

TEST_CASE("durations have a number and a unit")
{
    CHECK(parse_duration("0s") == 0s);
    CHECK(parse_duration("90m") == 5400s);
    CHECK(parse_duration("12h") == 43200s);
    CHECK(parse_duration("14d") == 1209600s);
    CHECK(parse_duration("2w") == 1209600s);
    check_each({ "", "14", "d", "-1d", "+1d", "1.5d", "14 d", " 14d", "14days", "1y",
                   "99999999999999999999d", "40000d", "9223372036854775807w" },
        false, parse_duration);
}

TEST_CASE("a distance in words")
{
    CHECK(in_words(0s) == "0 seconds");
    CHECK(in_words(1s) == "1 second");
    CHECK(in_words(119s) == "119 seconds");
    CHECK(in_words(120s) == "2 minutes");
    CHECK(in_words(47h) == "47 hours");
    CHECK(in_words(-(3 * 24h + 5h)) == "3 days");
    CHECK(in_words(400 * 24h) == "400 days");
}

TEST_CASE("no time is outside of the years that can be written")
{
    CHECK(parse_time("0000-01-01T00:00:00Z") == time_of_seconds(-62167219200));
    CHECK(parse_time("9999-12-31T23:59:59Z") == time_of_seconds(253402300799));
    check_each({ "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z" },
        false, parse_time);
    for (const long long seconds : { -62167219201LL, 253402300800LL,
             std::numeric_limits<long long>::min(), std::numeric_limits<long long>::max() }) {
        CAPTURE(seconds);
        CHECK_FALSE(time_of_seconds(seconds));
    }
    check_each(
        { "5229w", "9223372036854775807s", "9223372036854775808s", "-1s" }, false, parse_duration);
}

TEST_CASE("what was waited for is said as it was")
{
    CHECK(in_seconds(0ms) == "0 seconds");
    CHECK(in_seconds(500ms) == "0.5 seconds");
    CHECK(in_seconds(1s) == "1 second");
    CHECK(in_seconds(10s) == "10 seconds");
    CHECK(in_seconds(86'400s) == "86400 seconds");
}
