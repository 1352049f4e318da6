#include "catch.hpp"
#include "core/base/deadline.hpp"
#include "core/base/error.hpp"
#include "core/base/ignored_signal.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/process.hpp"

using namespace relayctl;
using namespace std::chrono_literals;

namespace {

std::string failure_of(const std::vector<std::string>& argv, const ProcessOptions& options = {})
{
    try {
        run_process(argv, options);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("a child whose end nobody can learn has not succeeded")
{
    const IgnoredSignal no_sigchld(SIGCHLD);
    CHECK(failure_of({ "/bin/sh", "-c", "exit 1" })
        == "the end of a child process: cannot learn: No child processes");
}

TEST_CASE("a child gets the default action for every signal")
{
    const IgnoredSignal ignored(SIGUSR1);
    CHECK(run_process({ "/bin/sh", "-c", "kill -USR1 $$; exit 0" }).describe()
        == "sh was killed by signal " + std::to_string(SIGUSR1));
}

TEST_CASE("a child that goes on for too long is stopped")
{
    ProcessOptions options;
    SECTION("as a whole, although it is never silent")
    {
        options.time_limit = 1s;
        options.consume_output = [](std::string_view) {};
        CHECK(failure_of({ "/usr/bin/yes" }, options)
                  .starts_with("/usr/bin/yes: did not end within 1"));
    }
    SECTION("when it has been silent")
    {
        options.silence_limit = 1s;
        CHECK(failure_of({ "/bin/sh", "-c", "echo x; exec sleep 60" }, options)
            == "/bin/sh: gave no sign of life for 1 second, and was stopped");
    }
    SECTION("when it has closed its outputs")
    {
        options.silence_limit = 1s;
        CHECK(failure_of({ "/bin/sh", "-c", "exec sleep 60 > /dev/null 2>&1" }, options)
                  .ends_with("and was stopped"));
    }
    SECTION("when all of it must be over")
    {
        const OverallDeadline deadline(100ms);
        CHECK(failure_of({ "/bin/sh", "-c", "exec sleep 60" }).ends_with("and was stopped"));
    }
}

TEST_CASE("a signal that comes before anything is waited for is noticed")
{
    {
        const InterruptGuard guard;
        const InterruptGuard inner; // changes nothing
        ::raise(SIGTERM);
        CHECK(noted_interrupt() == SIGTERM);
        CHECK(interrupt_descriptor() >= 0);
        CHECK(failure_of({ "/bin/sleep", "60" }).starts_with("interrupted: "));
        const InterruptHold hold;
        CHECK(interrupt_descriptor() == -1);
        CHECK(run_process({ "/bin/true" }).succeeded());
    }
    CHECK_THROWS_AS(throw_if_interrupted(), Error); // what comes afterwards stops, too
    const InterruptGuard next;
    CHECK(noted_interrupt() == 0);
    CHECK_NOTHROW(throw_if_interrupted());
}
