#include "catch.hpp"
#include "core/base/local_day.hpp"

#include <cstdlib>
#include <ctime>

using namespace relayctl;

namespace {

// The local time of a test.
class Zone {
public:
    explicit Zone(const char* name)
    {
        ::setenv("TZ", name, 1);
        ::tzset();
    }
    ~Zone()
    {
        ::unsetenv("TZ");
        ::tzset();
    }
};

} // namespace

// The ends are from: TZ=ZONE date -d 'DAY 23:59:59' +%s, of the second such moment where it comes
// twice.
TEST_CASE("a date ends with its last second in local time")
{
    struct Known {
        const char* zone;
        const char* day;
        const char* end;
    };
    for (const Known& known : { Known{ "UTC", "2027-05-31", "2027-05-31T23:59:59Z" },
             Known{ "Europe/Berlin", "2027-05-31", "2027-05-31T21:59:59Z" },
             Known{ "Europe/Berlin", "2027-12-31", "2027-12-31T22:59:59Z" },
             Known{ "America/New_York", "2028-02-29", "2028-03-01T04:59:59Z" },
             Known{ "America/Sao_Paulo", "2018-02-17", "2018-02-18T02:59:59Z" },
             Known{ "Africa/Cairo", "2027-04-29", "2027-04-29T21:59:59Z" },
             // The clock goes from 23:00 to 0:00 of the next day.
             Known{ "America/Nuuk", "2027-03-27", "2027-03-28T00:59:59Z" } }) {
        CAPTURE(known.zone, known.day);
        const Zone zone(known.zone);
        REQUIRE(parse_end(known.day, Time()));
        CHECK(to_rfc3339(*parse_end(known.day, Time())) == known.end);
        CHECK(end_in_words(*parse_end(known.day, Time())) == known.day);
    }
}

TEST_CASE("a day that a country left out ends with the day before it")
{
    const Zone zone("Pacific/Apia");
    CHECK(to_rfc3339(parse_end("2011-12-30", Time()).value()) == "2011-12-30T09:59:59Z");
    CHECK(end_in_words(parse_end("2011-12-30", Time()).value()) == "2011-12-29");
    CHECK(parse_end("9999-12-31", Time()));
}

TEST_CASE("an end that is a time stays that time")
{
    const Zone zone("Europe/Berlin");
    CHECK(to_rfc3339(parse_end("2027-05-31T12:00:00+02:00", Time()).value())
        == "2027-05-31T10:00:00Z");
    CHECK(
        end_in_words(parse_end("2027-05-31T10:00:00Z", Time()).value()) == "2027-05-31T10:00:00Z");
    for (const char* text :
        { "", "never", "2027-02-30", "2027-5-31", "31.05.2027", "2027-05-31 " }) {
        CAPTURE(text);
        CHECK_FALSE(parse_end(text, Time()));
    }
}

// The ends are from: TZ=ZONE date -d 'DAY 23:59:59' +%s, with the local day of `now` and the days.
TEST_CASE("days from now on end with the last of them, and hours at their time")
{
    const Time now = parse_time("2027-05-31T22:30:00Z").value();
    {
        const Zone zone("UTC");
        CHECK(to_rfc3339(parse_end("14d", now).value()) == "2027-06-14T23:59:59Z");
        CHECK(to_rfc3339(parse_end("2w", now).value()) == "2027-06-14T23:59:59Z");
        CHECK(to_rfc3339(parse_end("0d", now).value()) == "2027-05-31T23:59:59Z");
        CHECK(to_rfc3339(parse_end("12h", now).value()) == "2027-06-01T10:30:00Z");
    }
    const Zone zone("Europe/Berlin"); // where it is the next day already
    CHECK(to_rfc3339(parse_end("14d", now).value()) == "2027-06-15T21:59:59Z");
    CHECK(to_rfc3339(parse_end("150d", now).value()) == "2027-10-29T21:59:59Z");
    CHECK(to_rfc3339(parse_end("153d", now).value()) == "2027-11-01T22:59:59Z"); // winter time
    for (const char* text : { "14", "d", "-1d", "14 d", "1000y" }) {
        CHECK_FALSE(parse_end(text, now));
    }
    CHECK_FALSE(parse_end("1d", parse_time("9999-12-31T12:00:00Z").value()));
}
