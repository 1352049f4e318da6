// SIGINT, SIGTERM and SIGHUP while something is being published: noted, then acted on at a safe place.
#pragma once

#include <signal.h>

#include <array>

namespace relayctl {

// While one exists, the three signals only leave a note. Outside, they keep their usual effect: there is nothing to undo.
class InterruptGuard {
public:
    InterruptGuard();
    ~InterruptGuard(); // restores the old handlers; does not raise the signal again
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

private:
    std::array<struct sigaction, 3> saved_;
};

// While one exists, throw_if_interrupted() does nothing: for the stretch that must be gone through to its end.
class InterruptHold {
public:
    InterruptHold() noexcept;
    ~InterruptHold();
    InterruptHold(const InterruptHold&) = delete;
    InterruptHold& operator=(const InterruptHold&) = delete;
};

// The signal noted since the guard was made, or 0.
int noted_interrupt() noexcept;

// Throws ErrorKind::interrupted if one was noted.
void throw_if_interrupted();

} // namespace relayctl
