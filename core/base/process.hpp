// Running another program: by argv, never through a shell, with nothing leaking into it and an end
// to it.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

struct ProcessOptions {
    std::string input; // its standard input; nothing = /dev/null
    std::chrono::seconds time_limit{ 600 }; // then it is killed and ErrorKind::postfix thrown
    std::chrono::seconds silence_limit{ 600 }; // the same, since it last took input or gave output
    std::function<void(std::string_view)>
        consume_output; // takes standard output as it comes, instead of `out`
    int inherited = -1; // one more descriptor for the child: a lock that it shares
};

struct ProcessResult {
    std::vector<std::string> argv;
    int status = 0; // as waitpid() gives it
    std::string out; // standard output
    std::string err; // standard error, at most 1 MiB of it

    bool succeeded() const noexcept { return status == 0; }
    // The exit status, or -1 if a signal ended it.
    int exit_status() const noexcept;
    // "postmap exited with status 1", "postmap was killed by signal 9".
    std::string describe() const;
};

// Runs argv[0] (a path; PATH is not searched) and waits for it. The child has only descriptors 0,
// 1, 2 and the inherited one, no blocked signals and the default action for each, its own process
// group (a Ctrl-C in the terminal is ours to act on), and of the environment only a fixed PATH and
// LC_ALL=C. A limit that passes ends the whole group. Errors: ErrorKind::postfix if it cannot start
// or does not end in time; ErrorKind::interrupted (see InterruptHold); ErrorKind::system where its
// end cannot be learnt.
ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options = {});

} // namespace relayctl
