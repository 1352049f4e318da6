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

// Whether the year has four digits (0 to 9999), as both forms above need it. The functions above
// take no other time.
bool is_writable_time(Time time) noexcept;

// The first moment of a date ("2027-11-22"), or an RFC 3339 time with Z or an offset, whole seconds. No value where it is neither
// or there is no such day.
std::optional<Time> parse_time(std::string_view text) noexcept;

// "0s", "90m", "12h", "14d", "2w": a number and its unit, up to a hundred years. No value where it is anything else.
std::optional<std::chrono::seconds> parse_duration(std::string_view text) noexcept;

// How far away, in the largest unit that counts at least two ("23 days", "90 minutes"); a negative one without its sign.
std::string in_words(std::chrono::seconds duration);

} // namespace relayctl
