// The one exception of the program. Everything that fails throws it, and app/cli/run.cpp catches
// it.
#pragma once

#include "core/base/hint.hpp"

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// The kind of failure. app/cli/exit_status.hpp gives each kind its exit status.
enum class ErrorKind {
    refused, // the request is ambiguous or contradicts itself; nothing was changed
    usage, // the command line makes no sense
    input, // a certificate, a table or a name cannot be read or is not valid
    postfix, // postconf, postmap or postfix is missing or failed
    database, // no server of a database answers, or it failed
    permission, // another process holds the lock, or the system forbids it
    system, // disk, memory or another system error
    interrupted, // SIGINT, SIGTERM or SIGHUP arrived before anything was published
};

// A failure as the user is told it: what failed and why, what was left behind, and what helps.
class Error : public std::runtime_error {
public:
    // message: "SUBJECT: CAUSE" in lower case, without a full stop and the name of the program.
    // hints: what helps, each a line of its own.
    Error(ErrorKind kind, const std::string& message, std::vector<Hint> hints = {});

    ErrorKind kind() const noexcept { return kind_; }
    const std::vector<Hint>& hints() const noexcept { return hints_; }

    // What the failure left behind ("/etc/postfix/relay_clients unchanged"). Empty until
    // with_state() has been called; later calls change nothing.
    const std::string& state() const noexcept { return state_; }
    Error& with_state(std::string state);
    Error& with_hint(Hint hint);

private:
    ErrorKind kind_;
    std::vector<Hint> hints_;
    std::string state_;
};

// Returns true if an errno says that this system, file system or sandbox (seccomp) does not have
// the call, so that another way is worth trying.
bool is_unsupported(int error) noexcept;

// Throws "SUBJECT: cannot ACTION: strerror(error)": as ErrorKind::permission for EACCES, EPERM and
// EROFS, else as ErrorKind::system.
[[noreturn]] void throw_errno(std::string_view subject, std::string_view action, int error = errno);

} // namespace relayctl
