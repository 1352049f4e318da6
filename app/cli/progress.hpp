// Shows somebody at a terminal that long work goes on: one line on standard error, which appears
// after a second and goes at the end.
#pragma once

#include "app/cli/context.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

namespace relayctl {

// Nobody else may write to standard error as long as one exists. It shows nothing and starts no
// thread if standard error is no terminal, or with --quiet.
class Progress {
public:
    // what: "reading certificates". total: the number of its steps; 0 if nobody knows, then the
    // seconds are shown.
    Progress(Context& context, std::string what, std::size_t total = 0);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Counts one more step as done. Any thread may call it.
    void advance() noexcept { ++done_; }

private:
    // Runs in the thread of its own until `stop` is requested.
    void run(const std::stop_token& stop);
    // Returns the line that is shown after this many seconds.
    std::string line(long seconds) const;

    std::ostream& err_;
    const std::string what_;
    const std::size_t total_;
    std::atomic<std::size_t> done_ = 0;
    std::mutex mutex_;
    std::condition_variable_any stopped_;
    std::jthread thread_;
};

} // namespace relayctl
