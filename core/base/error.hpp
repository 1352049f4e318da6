// The one exception of the program. Thrown where something failed, caught once in app/cli/run.cpp.
#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// What kind of failure it is; app/cli/exit_status.hpp gives each its exit status.
enum class ErrorKind {
    refused, // the answer is no: ambiguous or contradictory request; nothing was changed
    usage, // the command line makes no sense
    input, // a certificate, a table or a name that cannot be read or is not valid
    postfix, // postconf, postmap or postfix is missing or failed
    database, // no server of a database answers, or it failed
    permission, // lock held by another, or the system forbids it
    system, // disk, memory or another system error
    interrupted, // SIGINT, SIGTERM or SIGHUP arrived before anything was published
};

class Error : public std::runtime_error {
public:
    // message: "SUBJECT: CAUSE", lower case, no full stop, no program name.
    Error(ErrorKind kind, const std::string& message, std::vector<std::string> hints = {});

    ErrorKind kind() const noexcept { return kind_; }
    const std::vector<std::string>& hints() const noexcept { return hints_; }

    // What the failure left behind ("/etc/postfix/relay_clients unchanged"); empty if nobody has
    // said yet.
    const std::string& state() const noexcept { return state_; }
    Error& with_state(std::string state);
    Error& with_hint(std::string hint);

private:
    ErrorKind kind_;
    std::vector<std::string> hints_;
    std::string state_;
};

// Whether errno says that this system, file system or sandbox (seccomp) has no such call, so that
// another way is worth trying.
bool is_unsupported(int error) noexcept;

// Throws "SUBJECT: cannot ACTION: strerror(error)"; EACCES, EPERM and EROFS become
// ErrorKind::permission.
[[noreturn]] void throw_errno(std::string_view subject, std::string_view action, int error = errno);

} // namespace relayctl
