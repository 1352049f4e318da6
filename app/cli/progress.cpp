#include "app/cli/progress.hpp"

#include <signal.h>

#include <chrono>
#include <ostream>
#include <system_error>

namespace relayctl {

namespace {

// While one lives, a thread that is started takes no signals: Ctrl-C is for the thread that works.
class SignalsBlocked {
public:
    SignalsBlocked()
    {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &saved_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &saved_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t saved_{};
};

} // namespace

// A failing start of the thread must not stop the work, since it only shows something.
Progress::Progress(Context& context, std::string what, std::size_t total)
    : err_(context.err())
    , what_(std::move(what))
    , total_(total)
{
    if (context.shows_progress()) {
        const SignalsBlocked blocked;
        try {
            thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
        } catch (const std::system_error&) { // the work goes on without being shown
        }
    }
}

Progress::~Progress() = default; // the thread ends first, being the last member

// Returns the line as it is at this moment, cut and filled to the same width, so that each line
// covers the one before.
std::string Progress::line(long seconds) const
{
    constexpr std::size_t width = 79; // a line of a terminal, without its last column
    // Where nobody knows how much there is to do, the seconds show that it goes on.
    const std::string state = total_ == 0 ? std::to_string(seconds) + " s"
                                          : std::to_string(done_) + " of " + std::to_string(total_);
    std::string text = "relayctl: " + what_;
    if (text.size() + state.size() + 2 > width) {
        text.resize(width - state.size() - 5);
        text += "...";
    }
    text += ": " + state;
    text.resize(width, ' ');
    return text;
}

void Progress::run(const std::stop_token& stop)
{
    // The first line comes after a second, because work that is done sooner needs no line; then it
    // is renewed five times a second.
    using std::chrono::milliseconds;
    const auto begin = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    const auto is_over = [&] { return stop.stop_requested(); };
    bool shown = false;
    for (milliseconds pause(1000); !stopped_.wait_for(lock, stop, pause, is_over);
         pause = milliseconds(200)) {
        const auto passed = std::chrono::duration_cast<std::chrono::seconds>(
            std::chrono::steady_clock::now() - begin);
        err_ << '\r' << line(passed.count()) << std::flush;
        shown = true;
    }
    // Clears the line, so that the next message begins at the left.
    if (shown) {
        err_ << '\r' << std::string(line(0).size(), ' ') << '\r' << std::flush;
    }
}

} // namespace relayctl
