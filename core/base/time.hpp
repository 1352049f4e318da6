// Points in time, in UTC and whole seconds, and lengths of time in words.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

using Time = std::chrono::sys_seconds;

// Writes a time as RFC 3339 does: "2027-11-22T08:00:00Z".
std::string to_rfc3339(Time time);

// Writes the date alone: "2027-11-22".
std::string to_date(Time time);

// Reads a date ("2027-11-22"), which means its first moment, or an RFC 3339 time in whole seconds
// with Z or an offset. Has no value if the text is neither, if there is no such day, or if the time
// in UTC is outside of the years 0 to 9999.
std::optional<Time> parse_time(std::string_view text) noexcept;

// Reads a number with its unit, up to a hundred years: "0s", "90m", "12h", "14d", "2w". Has no
// value for any other text.
std::optional<std::chrono::seconds> parse_duration(std::string_view text) noexcept;

// Says how long something was waited for: "0.5 seconds", "1 second", "10 seconds".
std::string in_seconds(std::chrono::milliseconds duration);

// Returns the time that many seconds after the beginning of 1970. Has no value outside of the years
// 0 to 9999, which RFC 3339 cannot write.
std::optional<Time> time_of_seconds(long long seconds) noexcept;

// Says how long a duration is, in the largest unit of which it has at least two: "23 days", "90
// minutes". Leaves out the sign of a negative one.
std::string in_words(std::chrono::seconds duration);

} // namespace relayctl
