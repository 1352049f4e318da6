#include "core/base/trust.hpp"

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/base/trusted_users.hpp"

#include <endian.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace relayctl {

namespace {

// The mode as chmod(1) takes it: "0644".
std::string mode_of(const struct stat& status)
{
    std::string digits = "0000";
    // Three bits are an octal digit; the last digit is that of others.
    for (std::size_t i = 0; i < digits.size(); ++i) {
        digits[3 - i] = static_cast<char>('0' + ((status.st_mode >> (3 * i)) & 7));
    }
    return digits;
}

// One entry of an access control list.
struct AclEntry {
    unsigned tag; // ACL_USER, ACL_GROUP, ...
    unsigned permissions; // of ACL_READ, ACL_WRITE and ACL_EXECUTE
    unsigned id; // of the user or group
};

// Reads the access control list in the form of the kernel (linux/posix_acl_xattr.h). It is empty if
// the file has none, and has no value if the system does not let us see it. fd: of the file, or -1
// to take the path.
std::optional<std::vector<AclEntry>> acl_of(const std::string& path, int fd)
{
    constexpr const char* name = "system.posix_acl_access";
    std::vector<char> bytes(65536);
    const ssize_t size = fd >= 0 ? ::fgetxattr(fd, name, bytes.data(), bytes.size())
                                 : ::getxattr(path.c_str(), name, bytes.data(), bytes.size());
    if (size < 0) {
        return errno == ENODATA || errno == ENOTSUP ? std::optional(std::vector<AclEntry>())
                                                    : std::nullopt;
    }
    std::vector<AclEntry> entries;
    // The bytes are little-endian on every machine.
    for (std::size_t at = sizeof(posix_acl_xattr_header);
         at + sizeof(posix_acl_xattr_entry) <= static_cast<std::size_t>(size);
         at += sizeof(posix_acl_xattr_entry)) {
        posix_acl_xattr_entry entry{};
        std::memcpy(&entry, bytes.data() + at, sizeof entry);
        entries.push_back({ le16toh(entry.e_tag), le16toh(entry.e_perm), le32toh(entry.e_id) });
    }
    return entries;
}

// A right that others are not to have, in the bits of a mode and of an access control list.
struct Right {
    mode_t others;
    mode_t group;
    unsigned in_acl;
    const char* used; // "written"
    const char* take_from_others; // the command, without the path
    const char* take_from_group;
};
constexpr Right writing = { S_IWOTH, S_IWGRP, ACL_WRITE, "written", "chmod go-w ", "chmod g-w " };
constexpr Right reading = { S_IROTH, S_IRGRP, ACL_READ, "read", "chmod go-rwx ", "chmod g-rwx " };

// Collects all that is wrong with one file or directory, so that one command line mends it all.
struct Examination {
    const std::string& path;
    int fd;
    const struct stat& status;
    const TrustedUsers& trusted;
    const Right& right = writing;
    std::vector<std::string> reasons = {};
    std::vector<std::string> repairs = {};

    std::optional<WeakPoint> run()
    {
        if (&right == &writing && !trusted.has_user(status.st_uid)) {
            add("belongs to user " + user_in_words(status.st_uid), "chown root ");
        }
        if ((status.st_mode & right.others) != 0) {
            add(can_be_used() + "by others (mode " + mode_of(status) + ")", right.take_from_others);
        }
        if ((status.st_mode & right.group) != 0) {
            check_groups();
        }
        if (reasons.empty()) {
            return std::nullopt;
        }
        return WeakPoint{ path, join(reasons, ", "),
            is_pasteable(path) ? join(repairs, " && ") : "", false };
    }

    // Adds a reason and the command that mends it; the path is appended to the command.
    void add(const std::string& reason, const std::string& command)
    {
        reasons.push_back(reason);
        repairs.push_back(command + shell_quote(path));
    }

    std::string can_be_used() const { return std::string("can be ") + right.used + ' '; }

    // If there is an access control list, the group bits of the mode are its mask: no user or group
    // in the list may do more than they allow (acl(5)).
    void check_groups()
    {
        const auto acl = acl_of(path, fd);
        if (!acl || acl->empty()) {
            check_group(status.st_gid, acl.has_value());
            return;
        }
        for (const AclEntry& entry : *acl) {
            if ((entry.permissions & right.in_acl) == 0) {
                continue;
            }
            if (entry.tag == ACL_USER && !trusted.has_user(entry.id)) {
                add(can_be_used() + "by user " + user_in_words(entry.id) + " (access control list)",
                    "setfacl -x u:" + std::to_string(entry.id) + ' ');
            } else if (entry.tag == ACL_GROUP && !trusted.has_group(entry.id)) {
                add(can_be_used() + "by group " + group_in_words(entry.id)
                        + " (access control list)",
                    "setfacl -x g:" + std::to_string(entry.id) + ' ');
            } else if (entry.tag == ACL_GROUP_OBJ) {
                check_group(status.st_gid, true);
            }
        }
    }

    // Judges the group bits of the mode, for which the access control list must be known.
    void check_group(gid_t gid, bool acl_is_known)
    {
        if (!acl_is_known) {
            add(can_be_used() + "by its group (mode " + mode_of(status)
                    + "), or by whom its access control list names, "
                      "which cannot be read",
                right.take_from_group);
        } else if (!trusted.has_group(gid)) {
            add(can_be_used() + "by others: by group " + group_in_words(gid) + " (mode "
                    + mode_of(status) + ')',
                right.take_from_group);
        }
    }
};

// Walks from the root directory to a file as the kernel does, and notes the first weak directory.
struct Walk {
    const TrustedUsers& trusted;
    std::vector<std::string> todo = {};
    std::string at = "/";
    std::optional<WeakPoint> found = {};

    std::optional<WeakPoint> run(const std::string& path)
    {
        push(path);
        if (!path.starts_with('/')) {
            char here[4096];
            push(::getcwd(here, sizeof here) != nullptr ? here : "/");
        }
        constexpr int most_links = 40; // as the kernel has it (path_resolution(7))
        for (int links = 0; !todo.empty() && links <= most_links;) {
            std::string name = std::move(todo.back());
            todo.pop_back();
            if (name == "..") {
                at = directory_of(at);
            } else if (!step(at == "/" ? at + name : at + '/' + name, links)) {
                // What does not exist yet cannot lead further; the way to it was checked.
                break;
            }
        }
        return std::move(found);
    }

    // The path, without links, at which the walk arrived. It need not exist.
    const std::string& place() const { return at; }

    // Puts the components of a path in front of what is still to be walked: todo has the next one
    // last.
    void push(std::string_view path)
    {
        while (!path.empty()) {
            const std::size_t slash = path.rfind('/');
            const std::string_view part
                = slash == std::string_view::npos ? path : path.substr(slash + 1);
            if (!part.empty() && part != ".") {
                todo.emplace_back(part);
            }
            path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
        }
    }

    // Walks to the next path, or pushes the target of a symbolic link. Returns false if nothing is
    // there.
    bool step(const std::string& next, int& links)
    {
        const auto status = lstat_of(next);
        check_directory(next, status);
        if (!status) {
            at = next;
            return false;
        }
        if (!S_ISLNK(status->st_mode)) {
            at = next;
            return true;
        }
        ++links;
        // Whoever can change the place that was found can choose where the link points.
        if (found) {
            found->has_links = true;
        }
        std::vector<char> target(65536);
        const ssize_t size = ::readlink(next.c_str(), target.data(), target.size());
        if (size <= 0) {
            return false;
        }
        if (target.front() == '/') {
            at = "/";
        }
        push({ target.data(), static_cast<std::size_t>(size) });
        return true;
    }

    // Checks the directory at, out of which `next` is taken. From a sticky directory nobody can
    // take what belongs to somebody else, so there the owner of `next` decides.
    void check_directory(const std::string& next, const std::optional<struct stat>& taken_out)
    {
        const auto status = stat_of(at);
        if (found || !status) {
            return;
        }
        const bool is_sticky = (status->st_mode & S_ISVTX) != 0 && trusted.has_user(status->st_uid);
        if (todo.empty() || !is_sticky || !taken_out) {
            found = Examination{ at, -1, *status, trusted }.run();
        } else if (S_ISLNK(taken_out->st_mode) && !trusted.has_user(taken_out->st_uid)) {
            found = WeakPoint{ next, "belongs to user " + user_in_words(taken_out->st_uid),
                "chown -h root " + shell_quote(next), true };
        }
    }
};

// Returns whether the mode gives the user this right: S_IROTH or S_IXOTH.
bool has_right(const struct stat& status, const std::string& user, unsigned right)
{
    const struct passwd* entry = ::getpwnam(user.c_str());
    if (entry == nullptr) {
        // A user that the system does not know gets the benefit of the doubt: a finding about him
        // would help nobody.
        return true;
    }
    const unsigned shift = status.st_uid == entry->pw_uid ? 6U
        : status.st_gid == entry->pw_gid                  ? 3U
                                                          : 0U;
    return (status.st_mode & (right << shift)) != 0;
}

} // namespace

std::string WeakPoint::repair_in_words() const
{
    return repair.empty() ? "give it to root, and take from others the right to write it"
                          : "mend it: " + repair;
}

std::string WeakPoint::to_string() const
{
    return escape(path) + ' ' + reason;
}

std::optional<WeakPoint> weak_file(const std::string& path, std::optional<uid_t> also)
{
    const auto status = stat_of(path);
    return status ? Examination{ path, -1, *status, TrustedUsers(also) }.run() : std::nullopt;
}

std::optional<WeakPoint> weak_descriptor(int fd, const std::string& path, std::optional<uid_t> also)
{
    struct stat status { };
    if (::fstat(fd, &status) != 0) {
        return WeakPoint{ path, "cannot be looked at", {}, false };
    }
    return Examination{ path, fd, status, TrustedUsers(also) }.run();
}

std::optional<WeakPoint> weak_way(
    const std::string& path, std::optional<uid_t> also, std::string* resolved)
{
    const TrustedUsers trusted(also);
    Walk walk{ trusted };
    auto found = walk.run(path);
    if (resolved != nullptr) {
        *resolved = walk.place();
    }
    return found;
}

std::optional<WeakPoint> readable_by_others(const std::string& path)
{
    char resolved[PATH_MAX];
    const auto status = stat_of(path);
    if (!status || ::realpath(path.c_str(), resolved) == nullptr) {
        return std::nullopt;
    }
    for (std::string at = directory_of(resolved); at != "/"; at = directory_of(at)) {
        const auto directory = stat_of(at);
        if (directory && (directory->st_mode & (S_IXGRP | S_IXOTH)) == 0) {
            return std::nullopt; // nobody else gets there
        }
    }
    return Examination{ path, -1, *status, TrustedUsers(status->st_uid), reading }.run();
}

std::optional<WeakPoint> weak_point(const std::string& path, std::optional<uid_t> also)
{
    auto found = weak_way(path, also);
    return found ? std::move(found) : weak_file(path, also);
}

bool may_read(const struct stat& status, const std::string& user)
{
    return has_right(status, user, S_IROTH);
}

bool may_pass(const struct stat& status, const std::string& user)
{
    return has_right(status, user, S_IXOTH);
}

bool everybody_may_read(const struct stat& status) noexcept
{
    return (status.st_mode & S_IROTH) != 0;
}

} // namespace relayctl
