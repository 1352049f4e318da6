#include "core/base/local_day.hpp"

#include <algorithm>
#include <ctime>

namespace relayctl {

namespace {

using std::chrono::year_month_day;

// Returns the local date of a moment.
std::optional<year_month_day> local_day(Time time)
{
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm local{};
    if (::localtime_r(&seconds, &local) == nullptr) {
        return std::nullopt;
    }
    return year_month_day{ std::chrono::year(local.tm_year + 1900),
        std::chrono::month(static_cast<unsigned>(local.tm_mon + 1)),
        std::chrono::day(static_cast<unsigned>(local.tm_mday)) };
}

// Returns the last second before 24:00 of a day in local time; no value if the clock leaves it out.
std::optional<Time> second_before_midnight(const year_month_day& day)
{
    std::optional<Time> last;
    // Where a clock is put back at midnight, the second comes twice: with summer time and without.
    for (const int is_summer_time : { 1, 0 }) {
        std::tm wanted{};
        wanted.tm_year = static_cast<int>(day.year()) - 1900;
        wanted.tm_mon = static_cast<int>(static_cast<unsigned>(day.month())) - 1;
        wanted.tm_mday = static_cast<int>(static_cast<unsigned>(day.day()));
        wanted.tm_hour = 23;
        wanted.tm_min = wanted.tm_sec = 59;
        wanted.tm_isdst = is_summer_time;
        const std::time_t seconds = ::mktime(&wanted);
        // mktime() moves what is not there to another time, or fails.
        const bool is_there = seconds != -1 && wanted.tm_isdst == is_summer_time
            && wanted.tm_hour == 23 && wanted.tm_min == 59 && wanted.tm_sec == 59;
        if (const auto time = is_there ? time_of_seconds(seconds) : std::nullopt) {
            last = std::max(last.value_or(*time), *time);
        }
    }
    return last;
}

// Returns the last second of a day in local time.
Time last_second(const year_month_day& day)
{
    if (const auto last = second_before_midnight(day)) {
        return *last;
    }
    // The clock goes forward across midnight, as in Greenland, or leaves out the whole day, as once
    // in Samoa. No local time is further than a day from UTC.
    Time of_day = std::chrono::sys_days(day) - std::chrono::days(1);
    Time behind = std::chrono::sys_days(day) + std::chrono::days(2);
    while (behind - of_day > std::chrono::seconds(1)) {
        const Time middle = of_day + (behind - of_day) / 2;
        const auto local = local_day(middle);
        (!local || *local <= day ? of_day : behind) = middle;
    }
    return of_day;
}

} // namespace

std::optional<Time> parse_end(std::string_view text, Time now)
{
    if (const auto duration = parse_duration(text)) {
        const auto days = std::chrono::floor<std::chrono::days>(*duration);
        const auto today = days == *duration ? local_day(now) : std::nullopt;
        const Time end
            = today ? last_second(std::chrono::sys_days(*today) + days) : now + *duration;
        return time_of_seconds(end.time_since_epoch().count());
    }
    const auto time = parse_time(text);
    constexpr std::string_view date = "2027-05-31";
    if (!time || text.size() != date.size()) {
        return time;
    }
    return time_of_seconds(
        last_second(std::chrono::floor<std::chrono::days>(*time)).time_since_epoch().count());
}

std::string end_in_words(Time end)
{
    const auto day = local_day(end);
    return day && last_second(*day) == end ? to_date(std::chrono::sys_days(*day)) : to_rfc3339(end);
}

} // namespace relayctl
