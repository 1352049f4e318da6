// Which users and groups may be able to change a file that decides who may relay.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace relayctl {

// root, the user who runs this program and, if it is given, one more user are trusted.
class TrustedUsers {
public:
    // also: one more trusted user, for example the owner of the table.
    explicit TrustedUsers(std::optional<uid_t> also)
        : also_(also)
    {
    }

    bool has_user(uid_t uid) const;

    // Returns true for root's group (0), and for a group all of whose members are trusted. Members
    // are taken from group(5) and, as the group is their primary one, from passwd(5). A group that
    // neither file knows may be anybody's, so it is not trusted.
    bool has_group(gid_t gid) const;

private:
    bool is_primary_of_others(gid_t gid) const;

    std::optional<uid_t> also_;
};

// Return name and number of a user or group for a message: "nobody (65534)", or "4711" if the
// number has no name.
std::string user_in_words(uid_t uid);
std::string group_in_words(gid_t gid);

} // namespace relayctl
