// Points in time: UTC, whole seconds.
#pragma once

#include <chrono>
#include <string>

namespace relayctl {

using Time = std::chrono::sys_seconds;

// RFC 3339: "2027-11-22T08:00:00Z".
std::string to_rfc3339(Time time);

// "2027-11-22"
std::string to_date(Time time);

} // namespace relayctl
