#include "core/base/interrupt.hpp"

#include "core/base/error.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace relayctl {

namespace {

volatile sig_atomic_t noted = 0; // the number of the signal
volatile sig_atomic_t wake_fd = -1; // an eventfd(2), which the handler makes readable
int guards = 0;
int holds = 0;

constexpr std::array<int, 3> signals = { SIGINT, SIGTERM, SIGHUP };

// Only calls that are safe in a signal handler are used here (signal-safety(7)).
void note(int signal)
{
    const int error = errno;
    noted = signal;
    constexpr std::uint64_t one = 1;
    // The note counts even if this fails and wakes nobody.
    [[maybe_unused]] const ssize_t put = ::write(wake_fd, &one, sizeof one);
    errno = error;
}

} // namespace

InterruptGuard::InterruptGuard()
{
    if (guards++ > 0) {
        return;
    }
    noted = 0;
    wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct sigaction action { };
    action.sa_handler = note; // without SA_RESTART, so that poll() returns
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < signals.size(); ++i) {
        sigaction(signals[i], nullptr, &saved_[i]);
        if (saved_[i].sa_handler != SIG_IGN) { // as nohup(1) has set it
            sigaction(signals[i], &action, nullptr);
        }
    }
}

InterruptGuard::~InterruptGuard()
{
    if (--guards > 0) {
        return;
    }
    for (std::size_t i = 0; i < signals.size(); ++i) {
        sigaction(signals[i], &saved_[i], nullptr);
    }
    if (wake_fd >= 0) {
        ::close(wake_fd);
    }
    wake_fd = -1;
}

InterruptHold::InterruptHold() noexcept
{
    ++holds;
}

InterruptHold::~InterruptHold()
{
    --holds;
}

int noted_interrupt() noexcept
{
    return noted;
}

void throw_if_interrupted()
{
    if (noted != 0 && holds == 0) {
        throw Error(ErrorKind::interrupted, std::string("interrupted: ") + strsignal(noted));
    }
}

int interrupt_descriptor() noexcept
{
    return holds == 0 ? wake_fd : -1;
}

} // namespace relayctl
