// How long something may be waited for.
#pragma once

#include <chrono>

namespace relayctl {

using SteadyClock = std::chrono::steady_clock;

// Sets an end for all waiting while it exists: neither run_process() nor a database is waited for
// beyond it, whatever their own limits. For what must be quick or not be done at all. There may be
// one at a time in the process.
class OverallDeadline {
public:
    explicit OverallDeadline(std::chrono::milliseconds patience) noexcept;
    ~OverallDeadline();
    OverallDeadline(const OverallDeadline&) = delete;
    OverallDeadline& operator=(const OverallDeadline&) = delete;
};

// Returns the end of this time, counted from now, or the overall deadline if that comes first.
SteadyClock::time_point deadline_after(std::chrono::milliseconds time) noexcept;

// Returns the time left, for poll(2): from 0 to one hour, rounded up to milliseconds.
int milliseconds_until(SteadyClock::time_point deadline) noexcept;

} // namespace relayctl
