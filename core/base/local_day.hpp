// Days as the administrator has them: in local time, that of TZ or /etc/localtime (tzset(3)).
#pragma once

#include "core/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

// Reads until when something is to last: a date ("2027-05-31"), which means the last second of
// that day in local time, an RFC 3339 time, or a duration from now on ("14d"), of which whole days
// mean the last second of the day that comes so many days later. Has no value for anything else,
// and where the end is behind the year 9999.
std::optional<Time> parse_end(std::string_view text, Time now);

// Returns the date if the time is the last second of a day in local time, else the RFC 3339 time.
std::string end_in_words(Time end);

} // namespace relayctl
