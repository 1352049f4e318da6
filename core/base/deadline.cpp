#include "core/base/deadline.hpp"

#include <algorithm>

namespace relayctl {

namespace {

SteadyClock::time_point overall = SteadyClock::time_point::max();

} // namespace

OverallDeadline::OverallDeadline(std::chrono::milliseconds patience) noexcept
{
    overall = SteadyClock::now() + patience;
}

OverallDeadline::~OverallDeadline()
{
    overall = SteadyClock::time_point::max();
}

SteadyClock::time_point deadline_after(std::chrono::milliseconds time) noexcept
{
    return std::min(SteadyClock::now() + time, overall);
}

int milliseconds_until(SteadyClock::time_point deadline) noexcept
{
    using namespace std::chrono_literals;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
    return static_cast<int>(std::clamp<std::chrono::milliseconds>(left, 0ms, 1h).count());
}

} // namespace relayctl
