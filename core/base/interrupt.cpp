#include "core/base/interrupt.hpp"

#include "core/base/error.hpp"

#include <cstring>

namespace relayctl {

namespace {

volatile sig_atomic_t noted = 0;
int holds = 0;

constexpr std::array<int, 3> signals = {SIGINT, SIGTERM, SIGHUP};

void note(int signal)
{
    noted = signal;
}

} // namespace

InterruptGuard::InterruptGuard()
{
    noted = 0;
    struct sigaction action {};
    action.sa_handler = note; // no SA_RESTART: poll() must return
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < signals.size(); ++i) {
        sigaction(signals[i], nullptr, &saved_[i]);
        if (saved_[i].sa_handler != SIG_IGN) { // nohup stays nohup
            sigaction(signals[i], &action, nullptr);
        }
    }
}

InterruptGuard::~InterruptGuard()
{
    for (std::size_t i = 0; i < signals.size(); ++i) {
        sigaction(signals[i], &saved_[i], nullptr);
    }
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

} // namespace relayctl
