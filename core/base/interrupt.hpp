// SIGINT, SIGTERM and SIGHUP while something is being changed: they are noted, and acted on at a
// safe place.
#pragma once

#include <signal.h>

#include <array>

namespace relayctl {

// While one exists, the three signals only leave a note. Outside they keep their usual effect,
// because there is nothing to undo. One within another changes nothing.
class InterruptGuard {
public:
    InterruptGuard();
    ~InterruptGuard(); // restores the old handlers; does not raise the signal again
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

private:
    std::array<struct sigaction, 3> saved_;
};

// While one exists, throw_if_interrupted() does nothing: for the stretch that must be gone through
// to its end.
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

// A descriptor for poll(2), readable once throw_if_interrupted() would throw, so that a signal that
// arrives just before poll() is not missed. It is -1, which poll() ignores, where there is no guard
// and while there is a hold.
int interrupt_descriptor() noexcept;

} // namespace relayctl
