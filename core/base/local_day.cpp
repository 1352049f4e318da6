#include "core/base/local_day.hpp"

#include <algorithm>
#include <ctime>

namespace relayctl {

namespace {

// Returns the last second of a day in local time; no value if the day does not have it, as where a
// country once left out a whole day.
std::optional<Time> last_second(const std::chrono::year_month_day& day)
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
        // mktime() moves what is not there to another time.
        const bool is_there = wanted.tm_isdst == is_summer_time && wanted.tm_hour == 23
            && wanted.tm_min == 59 && wanted.tm_sec == 59;
        if (const auto time = is_there ? time_of_seconds(seconds) : std::nullopt) {
            last = std::max(last.value_or(*time), *time);
        }
    }
    return last;
}

} // namespace

std::optional<Time> parse_end(std::string_view text)
{
    const auto time = parse_time(text);
    constexpr std::string_view date = "2027-05-31";
    if (!time || text.size() != date.size()) {
        return time;
    }
    const auto end = last_second(std::chrono::floor<std::chrono::days>(*time));
    return end ? end
               : time_of_seconds((*time + std::chrono::days(1)).time_since_epoch().count() - 1);
}

std::string end_in_words(Time end)
{
    const std::time_t seconds = end.time_since_epoch().count();
    std::tm local{};
    if (::localtime_r(&seconds, &local) != nullptr) {
        const std::chrono::year_month_day day{ std::chrono::year(local.tm_year + 1900),
            std::chrono::month(static_cast<unsigned>(local.tm_mon + 1)),
            std::chrono::day(static_cast<unsigned>(local.tm_mday)) };
        if (last_second(day) == end) {
            return to_date(std::chrono::sys_days(day));
        }
    }
    return to_rfc3339(end);
}

} // namespace relayctl
