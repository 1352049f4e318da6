// Runs another program and waits for it: by its arguments, never through a shell, and with a time
// limit. Nothing of this process leaks into it.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// What the program gets, and how long it may take. A limit that has passed is an error.
struct ProcessOptions {
    std::string input; // goes to its standard input, which is /dev/null if this is empty
    // Once one of these limits has passed, the program is killed. The first counts from its start,
    // the second from when it last took input or gave output.
    std::chrono::seconds time_limit{ 600 };
    std::chrono::seconds silence_limit{ 600 };
    // If set, this receives the standard output piece by piece, and ProcessResult::out stays empty.
    std::function<void(std::string_view)> consume_output;
    int inherited = -1; // one more descriptor for the child, for example a lock that it shares
};

// How the program ended, and what it has written.
struct ProcessResult {
    std::vector<std::string> argv;
    int status = 0; // as waitpid(2) gives it
    std::string out; // standard output
    std::string err; // standard error, of which 1 MiB is kept

    bool succeeded() const noexcept { return status == 0; }
    // Returns the exit status, or -1 if a signal ended the program.
    int exit_status() const noexcept;
    // Says how it ended: "postmap exited with status 1", "postmap was killed by signal 9".
    std::string describe() const;
};

// Runs argv[0], which is a path since PATH is not searched, and waits for its end. The child has
// the descriptors 0, 1, 2 and the inherited one as 3; no blocked signals and the default action for
// each; its own process group, so that a Ctrl-C in the terminal is ours to act on; and an
// environment of only PATH and LC_ALL=C. When a limit has passed, the whole group is killed.
// Throws ErrorKind::postfix if the program cannot start or does not end in time,
// ErrorKind::interrupted if a signal was noted (see core/base/interrupt.hpp), and ErrorKind::system
// if its output cannot be read or nobody can learn how it ended.
ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options = {});

} // namespace relayctl
