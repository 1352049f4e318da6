#include "core/base/trusted_users.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace relayctl {

bool TrustedUsers::has_user(uid_t uid) const
{
    return uid == 0 || uid == ::geteuid() || uid == also_;
}

bool TrustedUsers::has_group(gid_t gid) const
{
    if (gid == 0) {
        return true;
    }
    const struct group* const entry = ::getgrgid(gid);
    if (entry == nullptr) {
        return false;
    }
    // The names are copied, because getpwnam() may overwrite what getgrgid() returned.
    std::vector<std::string> members;
    for (char** member = entry->gr_mem; *member != nullptr; ++member) {
        members.emplace_back(*member);
    }
    const bool has_strangers
        = std::any_of(members.begin(), members.end(), [&](const std::string& member) {
              const struct passwd* const user = ::getpwnam(member.c_str());
              return user != nullptr && !has_user(user->pw_uid);
          });
    return !has_strangers && !is_primary_of_others(gid);
}

// Returns true if the group is the primary one of somebody who is not trusted.
bool TrustedUsers::is_primary_of_others(gid_t gid) const
{
    bool found = false;
    // There may be users who are not in /etc/passwd, so the whole database is read.
    ::setpwent();
    while (const struct passwd* const entry = found ? nullptr : ::getpwent()) {
        found = entry->pw_gid == gid && !has_user(entry->pw_uid);
    }
    ::endpwent();
    return found;
}

namespace {

// Returns "name (number)", or the number alone if the system has no such name.
std::string name_or_number(const char* name, id_t number)
{
    return name == nullptr ? std::to_string(number)
                           : std::string(name) + " (" + std::to_string(number) + ')';
}

} // namespace

std::string user_in_words(uid_t uid)
{
    const struct passwd* const entry = ::getpwuid(uid);
    return name_or_number(entry == nullptr ? nullptr : entry->pw_name, uid);
}

std::string group_in_words(gid_t gid)
{
    const struct group* const entry = ::getgrgid(gid);
    return name_or_number(entry == nullptr ? nullptr : entry->gr_name, gid);
}

} // namespace relayctl
