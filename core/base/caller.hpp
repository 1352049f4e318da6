// Who runs relayctl, and from whom sudo(8) was called for it: for annotations, the system log and
// the history.
#pragma once

#include <string>

namespace relayctl {

// The names come from the environment and the system's list of users, and may have any characters.
struct Caller {
    std::string user; // whose rights relayctl has: "root"; a number where the user has no name
    std::string before_sudo; // who called sudo for it; empty if nobody did

    // Returns who it was as people know him: the one before sudo, since root is nobody.
    const std::string& name() const noexcept { return before_sudo.empty() ? user : before_sudo; }
};

// Returns who runs this process. sudo_user: SUDO_USER of the environment. It counts only for root,
// since anybody else can set it to anything.
Caller caller_of_process(const std::string& sudo_user);

} // namespace relayctl
