#include "core/base/caller.hpp"

#include <pwd.h>
#include <unistd.h>

namespace relayctl {

Caller caller_of_process(const std::string& sudo_user)
{
    const uid_t uid = ::geteuid();
    const struct passwd* user = ::getpwuid(uid);
    return { user != nullptr ? user->pw_name : std::to_string(uid), uid == 0 ? sudo_user : "" };
}

} // namespace relayctl
