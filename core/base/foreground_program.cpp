#include "core/base/foreground_program.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace relayctl {

namespace {

// Ignores the two signals by which a user at the terminal stops a program.
class IgnoredKeys {
public:
    IgnoredKeys()
    {
        struct sigaction ignore { };
        ignore.sa_handler = SIG_IGN;
        for (std::size_t i = 0; i < signals.size(); ++i) {
            ::sigaction(signals[i], &ignore, &saved_[i]);
        }
    }
    ~IgnoredKeys()
    {
        for (std::size_t i = 0; i < signals.size(); ++i) {
            ::sigaction(signals[i], &saved_[i], nullptr);
        }
    }
    IgnoredKeys(const IgnoredKeys&) = delete;
    IgnoredKeys& operator=(const IgnoredKeys&) = delete;

private:
    static constexpr std::array<int, 2> signals = { SIGINT, SIGQUIT };
    std::array<struct sigaction, 2> saved_;
};

// Returns the pointers that execve(2) takes. They hold as long as the words do.
std::vector<char*> pointers_to(const std::vector<std::string>& words)
{
    std::vector<char*> pointers;
    for (const std::string& word : words) {
        pointers.push_back(const_cast<char*>(word.c_str()));
    }
    pointers.push_back(nullptr);
    return pointers;
}

// Runs in the child, where nothing may be allocated.
[[noreturn]] void become_program(
    const ForegroundProgram& program, char* const* argv, char* const* environment) noexcept
{
    for (int number = 1; number < NSIG; ++number) {
        ::signal(number, SIG_DFL);
    }
    if (!program.user || become(*program.user)) {
        ::execve(argv[0], argv, environment);
    }
    const char* reason = ::strerror(errno);
    const char* const name = argv[0];
    for (const char* part : { "relayctl: error: ", name, ": cannot run: ", reason, "\n" }) {
        [[maybe_unused]] const ssize_t put = ::write(STDERR_FILENO, part, std::strlen(part));
    }
    ::_exit(127);
}

// Waits for the end of the child. Ends it, once, if a signal is noted meanwhile: it may be asking
// whether to save, and then the user decides.
void pass_signals_on(pid_t pid)
{
    // Before Linux 5.3 there is no pidfd_open(2); then a signal waits for the end of the child.
    const FileDescriptor end(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    std::array<struct pollfd, 2> wanted
        = { { { end.get(), POLLIN, 0 }, { interrupt_descriptor(), POLLIN, 0 } } };
    while (end && wanted[0].revents == 0) {
        if (::poll(wanted.data(), wanted.size(), -1) > 0 && wanted[1].revents != 0) {
            ::kill(pid, SIGTERM);
            wanted[1] = { -1, 0, 0 };
        }
    }
}

} // namespace

int run_in_foreground(const ForegroundProgram& program)
{
    throw_if_interrupted();
    const std::vector<char*> argv = pointers_to(program.argv);
    const std::vector<char*> environment = pointers_to(program.environment);
    const IgnoredKeys ignored;
    const pid_t pid = ::fork();
    if (pid < 0) {
        throw_errno(escape(program.argv.front()), "run");
    }
    if (pid == 0) {
        become_program(program, argv.data(), environment.data());
    }
    pass_signals_on(pid);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            throw_errno("the end of " + escape(program.argv.front()), "learn");
        }
    }
    throw_if_interrupted();
    return status;
}

} // namespace relayctl
