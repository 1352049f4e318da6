// Ignores a signal for a while.
#pragma once

#include <signal.h>

namespace relayctl {

// Ignores one signal while it exists, and restores what the signal did before.
class IgnoredSignal {
public:
    explicit IgnoredSignal(int signal) noexcept
        : signal_(signal)
    {
        struct sigaction ignore { };
        ignore.sa_handler = SIG_IGN;
        sigaction(signal_, &ignore, &before_);
    }
    ~IgnoredSignal() { sigaction(signal_, &before_, nullptr); }
    IgnoredSignal(const IgnoredSignal&) = delete;
    IgnoredSignal& operator=(const IgnoredSignal&) = delete;

private:
    int signal_;
    struct sigaction before_ { };
};

} // namespace relayctl
