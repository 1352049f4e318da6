#include "core/base/time.hpp"

#include <cstdio>

namespace relayctl {

std::string to_date(Time time)
{
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()));
    return text;
}

std::string to_rfc3339(Time time)
{
    const std::chrono::hh_mm_ss clock{time - std::chrono::floor<std::chrono::days>(time)};
    char text[32];
    std::snprintf(text, sizeof text, "T%02d:%02d:%02dZ", static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    return to_date(time) + text;
}

} // namespace relayctl
