// Points in time: UTC, whole seconds.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

using Time = std::chrono::sys_seconds;

// RFC 3339: "2027-11-22T08:00:00Z".
std::string to_rfc3339(Time time);

// "2027-11-22"
std::string to_date(Time time);

// The first moment of a date ("2027-11-22"), or an RFC 3339 time with Z or an offset, whole
// seconds. No value where it is neither, where there is no such day, and where it is in UTC outside
// of the years 0 to 9999.
std::optional<Time> parse_time(std::string_view text) noexcept;

// "0s", "90m", "12h", "14d", "2w": a number and its unit, up to a hundred years. No value where it
// is anything else.
std::optional<std::chrono::seconds> parse_duration(std::string_view text) noexcept;

// "0.5 seconds", "1 second", "10 seconds": how long something was waited for.
std::string in_seconds(std::chrono::milliseconds duration);

// The moment so many seconds after 1970 began. No value outside of the years 0 to 9999: RFC 3339
// has no way to write it.
std::optional<Time> time_of_seconds(long long seconds) noexcept;

// How far away, in the largest unit that counts at least two ("23 days", "90 minutes"); a negative
// one without its sign.
std::string in_words(std::chrono::seconds duration);

} // namespace relayctl
