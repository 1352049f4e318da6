#include "core/base/account.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace relayctl {

std::optional<Account> account_of(const std::string& name)
{
    const struct passwd* user = ::getpwnam(name.c_str());
    if (user == nullptr) {
        return std::nullopt;
    }
    Account account{ user->pw_name, user->pw_uid, user->pw_gid, {}, user->pw_dir, user->pw_shell };
    int count = 0; // the first call says how many there are
    ::getgrouplist(account.name.c_str(), account.gid, nullptr, &count);
    account.groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(account.name.c_str(), account.gid, account.groups.data(), &count) < 0) {
        account.groups = { account.gid };
    }
    return account;
}

bool become(const Account& account) noexcept
{
    return ::setgroups(account.groups.size(), account.groups.data()) == 0
        && ::setresgid(account.gid, account.gid, account.gid) == 0
        && ::setresuid(account.uid, account.uid, account.uid) == 0;
}

} // namespace relayctl
