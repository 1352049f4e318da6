// Until when something is waited for.
#pragma once

#include <chrono>

namespace relayctl {

using SteadyClock = std::chrono::steady_clock;

// While one exists, nothing that is waited for by run_process() or from a database is waited for
// beyond its end, whatever its own limit: for what must be quick or not at all.
class OverallDeadline {
public:
    explicit OverallDeadline(std::chrono::milliseconds patience) noexcept;
    ~OverallDeadline();
    OverallDeadline(const OverallDeadline&) = delete;
    OverallDeadline& operator=(const OverallDeadline&) = delete;
};

// The end of this time, counted from now, or that of the overall deadline where that is sooner.
SteadyClock::time_point deadline_after(std::chrono::milliseconds time) noexcept;

// For poll(2): 0 where it has passed, and at most an hour.
int milliseconds_until(SteadyClock::time_point deadline) noexcept;

} // namespace relayctl
