// A child process and the pipes to it. Everybody else runs programs with core/base/process.hpp.
#pragma once

#include "core/base/file.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace relayctl {

// Both ends of a pipe(2), close-on-exec.
struct Pipe {
    FileDescriptor read_end;
    FileDescriptor write_end;

    // Throws throw_errno(subject, "make a pipe").
    explicit Pipe(const std::string& subject);
};

// A running child, which does not outlive this object: the destructor kills its process group.
class ChildProcess {
public:
    // Starts argv[0] with the descriptors in, out and err as its 0, 1 and 2; `in` may be -1 for
    // /dev/null. inherited: becomes its descriptor 3, unless it is -1. What else the child gets is
    // said at run_process(). Throws ErrorKind::postfix if it cannot start.
    ChildProcess(const std::vector<std::string>& argv, int in, int out, int err, int inherited);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    pid_t pid() const noexcept { return pid_; }

    // Waits for its end and returns its status as waitpid(2) gives it. Throws ErrorKind::system if
    // there is no child to wait for, for example because SIGCHLD is ignored: then nobody knows how
    // it ended, and that must not count as success.
    int wait();

private:
    bool reap(int& status) noexcept;

    pid_t pid_ = -1;
};

} // namespace relayctl
