#include "core/base/foreground_program.hpp"

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"

#include <fcntl.h>
#include <signal.h>
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

} // namespace

int run_in_foreground(const ForegroundProgram& program)
{
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
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            throw_errno("the end of " + escape(program.argv.front()), "learn");
        }
        if (noted_interrupt() != 0) {
            ::kill(pid, SIGTERM);
        }
    }
    throw_if_interrupted();
    return status;
}

} // namespace relayctl
