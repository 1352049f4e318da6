// Days as the administrator has them: in local time, that of TZ or /etc/localtime (tzset(3)).
#pragma once

#include "core/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

// Reads until when something is to last: a date ("2027-05-31"), which means the last second of
// that day in local time, or an RFC 3339 time. Has no value for what parse_time() cannot read.
std::optional<Time> parse_end(std::string_view text);

// Returns the date if the time is the last second of a day in local time, else the RFC 3339 time.
std::string end_in_words(Time end);

} // namespace relayctl
