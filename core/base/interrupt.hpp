// SIGINT, SIGTERM and SIGHUP while something is being changed: they are noted, and acted upon at a
// safe place.
//
// Signal handlers belong to the whole process, and so do the note and the counts of guards and
// holds: interrupt.cpp owns them, and there is one of each. Only the main thread may make guards
// and holds. They may be nested, in the order of their scopes. A note outlives its guard, so that
// whatever comes after a noted signal still stops, and main() can end by the same signal; the next
// outermost guard begins without a note.
#pragma once

#include <signal.h>

#include <array>

namespace relayctl {

// While one exists, the three signals only leave a note. Otherwise they have their usual effect,
// because there is nothing to undo. A guard within another one changes nothing.
class InterruptGuard {
public:
    InterruptGuard();
    ~InterruptGuard(); // restores the old handlers, and does not raise the signal again
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

private:
    std::array<struct sigaction, 3> saved_;
};

// While one exists, throw_if_interrupted() does nothing: for work that must not stop in the middle.
class InterruptHold {
public:
    InterruptHold() noexcept;
    ~InterruptHold();
    InterruptHold(const InterruptHold&) = delete;
    InterruptHold& operator=(const InterruptHold&) = delete;
};

// Returns the number of the signal that was noted last, or 0.
int noted_interrupt() noexcept;

// Throws ErrorKind::interrupted if a signal was noted and there is no hold.
void throw_if_interrupted();

// Returns a descriptor for poll(2) that becomes readable when throw_if_interrupted() would throw,
// so that a signal is not missed that arrives just before poll(). It is -1, which poll() ignores,
// while there is no guard or there is a hold.
int interrupt_descriptor() noexcept;

} // namespace relayctl
