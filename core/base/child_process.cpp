#include "core/base/child_process.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace relayctl {

Pipe::Pipe(const std::string& subject)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throw_errno(subject, "make a pipe");
    }
    read_end = FileDescriptor(ends[0]);
    write_end = FileDescriptor(ends[1]);
}

namespace {

// Owns the two objects that posix_spawn(3) takes: no blocked signals, the default action for each
// signal, and a process group of its own.
class SpawnOptions {
public:
    SpawnOptions()
    {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
        sigset_t none;
        sigemptyset(&none);
        sigset_t all;
        sigfillset(&all);
        // A signal that this process blocks or ignores must not be blocked or ignored in postmap,
        // which could then not be stopped.
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    ~SpawnOptions()
    {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnOptions(const SpawnOptions&) = delete;
    SpawnOptions& operator=(const SpawnOptions&) = delete;

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
};

} // namespace

ChildProcess::ChildProcess(
    const std::vector<std::string>& argv, int in, int out, int err, int inherited)
{
    SpawnOptions options;
    if (in < 0) {
        posix_spawn_file_actions_addopen(&options.actions, 0, "/dev/null", O_RDONLY, 0);
    } else {
        posix_spawn_file_actions_adddup2(&options.actions, in, 0);
    }
    posix_spawn_file_actions_adddup2(&options.actions, out, 1);
    posix_spawn_file_actions_adddup2(&options.actions, err, 2);
    int first_free = 3;
    // The descriptors 0 to 2 are placed already, so the inherited one can be moved without
    // overwriting them.
    if (inherited >= 0) {
        posix_spawn_file_actions_adddup2(&options.actions, inherited, first_free++);
    }
    // Closes what our own caller may have leaked to us.
    posix_spawn_file_actions_addclosefrom_np(&options.actions, first_free);
    std::vector<char*> arguments;
    for (const std::string& argument : argv) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char locale[] = "LC_ALL=C";
    char* const environment[] = { path, locale, nullptr };
    const int error = ::posix_spawn(&pid_, argv.front().c_str(), &options.actions,
        &options.attributes, arguments.data(), environment);
    if (error != 0) {
        pid_ = -1;
        throw Error(
            ErrorKind::postfix, escape(argv.front()) + ": cannot run: " + std::strerror(error));
    }
}

ChildProcess::~ChildProcess()
{
    if (pid_ > 0) {
        ::kill(-pid_, SIGKILL); // the whole group: "postfix" is a script that starts other programs
        int status = 0;
        reap(status);
    }
}

int ChildProcess::wait()
{
    int status = 0;
    if (!reap(status)) {
        throw_errno("the end of a child process", "learn");
    }
    return status;
}

// An interrupted wait goes on: only the end of the child counts.
bool ChildProcess::reap(int& status) noexcept
{
    pid_t reaped = 0;
    do {
        reaped = ::waitpid(pid_, &status, 0);
    } while (reaped < 0 && errno == EINTR);
    pid_ = -1;
    return reaped > 0;
}

} // namespace relayctl
