#include "app/cli/exit_status.hpp"
#include "app/cli/run.hpp"
#include "core/base/caller.hpp"

#include <fcntl.h>
#include <signal.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

// Returns a variable of the environment; empty if it is not set.
std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

// The first of these variables that is not empty decides, see locale(7).
bool speaks_utf8()
{
    for (const char* name : { "LC_ALL", "LC_CTYPE", "LANG" }) {
        if (const std::string locale = variable(name); !locale.empty()) {
            const std::string encoding = locale.substr(std::min(locale.find('.'), locale.size()));
            return ::strncasecmp(encoding.c_str(), ".utf-8", 6) == 0
                || ::strncasecmp(encoding.c_str(), ".utf8", 5) == 0;
        }
    }
    return false;
}

// Returns the width of the terminal; 0 if the descriptor is none.
std::size_t columns_of(int fd)
{
    struct winsize size { };
    return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// Undoes what the caller blocked or ignored, since it was not meant for us: with SIGCHLD ignored
// waitpid() would fail, and with SIGALRM blocked no wait for a lock would end. The signals by which
// a user stops a program stay ignored: that is what nohup is for.
void reset_signals()
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    for (int number = 1; number < NSIG; ++number) {
        const bool is_the_users = number == SIGHUP || number == SIGINT || number == SIGQUIT
            || number == SIGTERM || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
        if (!is_the_users) {
            // It fails for SIGKILL and SIGSTOP, which nobody can ignore.
            ::signal(number, SIG_DFL);
        }
    }
    ::signal(SIGXFSZ, SIG_IGN); // a file size limit is a failing write, to be cleaned up after
}

// A caller may have closed descriptor 0, 1 or 2. Then the next file that is opened must not become
// standard output, and what is written there must not be lost without an error. A descriptor of
// O_PATH takes the place, and reading and writing it fails.
void open_standard_streams()
{
    for (const int fd : { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO }) {
        if (::fcntl(fd, F_GETFD) < 0) {
            [[maybe_unused]] const int lowest_free = ::open("/", O_PATH);
        }
    }
}

// The clock of tests, in seconds since 1970; no value if the variable is not set. Errors:
// std::invalid_argument.
std::optional<relayctl::Time> test_clock()
{
    const std::string text = variable("RELAYCTL_TEST_CLOCK");
    long long seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const auto time
        = error == std::errc() && *end == '\0' ? relayctl::time_of_seconds(seconds) : std::nullopt;
    if (!text.empty() && !time) {
        throw std::invalid_argument("RELAYCTL_TEST_CLOCK, which only tests set, is not a number of "
                                    "seconds in the years 0 to 9999");
    }
    return time;
}

// Takes what relayctl obeys, and clears the rest. It is called once, before any thread runs.
relayctl::Environment take_environment()
{
    relayctl::Environment environment;
    environment.mail_config = variable("MAIL_CONFIG");
    environment.path = variable("PATH");
    environment.no_color = !variable("NO_COLOR").empty() || variable("TERM") == "dumb";
    environment.speaks_utf8 = speaks_utf8();
    environment.columns = columns_of(STDOUT_FILENO);
    environment.sudo_user = variable("SUDO_USER");
    environment.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
    environment.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
    environment.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
    environment.now = test_clock();
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        environment.variables.emplace_back(*entry);
    }
    const std::string time_zone = variable("TZ");
    // Libraries would obey more: libpq HOME, PGHOST and others, OpenSSL OPENSSL_CONF and
    // SSL_CERT_FILE, the resolver HOSTALIASES. smtpd has none of them, and must see the same table.
    ::clearenv();
    if (!time_zone.empty()) {
        ::setenv("TZ", time_zone.c_str(), 1);
    }
    return environment;
}

// Returns the status, so that main() can return fail(...). Needs no memory.
int fail(const char* reason, int status) noexcept
{
    for (const std::string_view part : { std::string_view("relayctl: error: "),
             std::string_view(reason), std::string_view("\n") }) {
        [[maybe_unused]] const ssize_t put = ::write(STDERR_FILENO, part.data(), part.size());
    }
    return status;
}

// Ends the program where memory ran out and nothing can catch that: while the constants of a file
// are made, before main(), or where there is not even room for an exception, for which
// __cxa_allocate_exception() calls std::terminate() without one. A change is then left as a crash
// leaves it, and the next run finishes it.
[[noreturn]] void end_without_memory() noexcept
{
    try {
        if (const std::exception_ptr thrown = std::current_exception()) {
            std::rethrow_exception(thrown);
        }
    } catch (const std::bad_alloc&) {
    } catch (...) {
        std::abort();
    }
    std::_Exit(fail("out of memory", static_cast<int>(relayctl::ExitStatus::system)));
}

// Runs before the constants of any file are made.
[[gnu::constructor(101)]] void prepare_for_too_little_memory()
{
    std::set_terminate(end_without_memory);
}

} // namespace

// Prepares the process, and hands all else to run().
int main(int argc, char** argv)
{
    reset_signals();
    open_standard_streams();
    ::umask(022); // with another one the lock file might be one that its owner cannot open again
    std::ios::sync_with_stdio(false);
    try {
        return relayctl::run({ argv + 1, argv + argc }, std::cout, std::cerr, take_environment());
    } catch (const std::invalid_argument& error) {
        return fail(error.what(), static_cast<int>(relayctl::ExitStatus::usage));
    } catch (const std::bad_alloc&) {
        return fail("out of memory", static_cast<int>(relayctl::ExitStatus::system));
    } catch (const std::exception& error) {
        return fail(error.what(), static_cast<int>(relayctl::ExitStatus::system));
    }
}
