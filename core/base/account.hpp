// A user of this system, as whom a program can be run.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

struct Account {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups; // all of them, gid among them
    std::string home;
    std::string shell;
};

// Returns the user of this name; no value if the system does not know him.
std::optional<Account> account_of(const std::string& name);

// Makes the calling process one of this user, for good: between fork(2) and execve(2), as root.
// Returns false if the system refuses it.
bool become(const Account& account) noexcept;

} // namespace relayctl
