#include "core/base/trust.hpp"

#include "core/base/file.hpp"
#include "core/base/text.hpp"

#include <endian.h>
#include <grp.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

namespace relayctl {

namespace {

class Trusted {
public:
    explicit Trusted(std::optional<uid_t> also)
        : also_(also)
    {
    }

    bool user(uid_t uid) const { return uid == 0 || uid == ::geteuid() || uid == also_; }

    // Everybody who has the group by passwd(5) or by group(5) must be trusted. A group that no file
    // knows may be anybody's.
    bool group(gid_t gid) const
    {
        if (gid == 0) {
            return true;
        }
        const struct group* const entry = ::getgrgid(gid);
        if (entry == nullptr) {
            return false;
        }
        std::vector<std::string> members;
        for (char** member = entry->gr_mem; *member != nullptr; ++member) {
            members.emplace_back(*member);
        }
        for (const std::string& member : members) {
            const struct passwd* const user_entry = ::getpwnam(member.c_str());
            if (user_entry != nullptr && !user(user_entry->pw_uid)) {
                return false;
            }
        }
        return !is_primary_of_others(gid);
    }

private:
    bool is_primary_of_others(gid_t gid) const
    {
        bool found = false;
        ::setpwent();
        while (const struct passwd* const entry = found ? nullptr : ::getpwent()) {
            found = entry->pw_gid == gid && !user(entry->pw_uid);
        }
        ::endpwent();
        return found;
    }

    std::optional<uid_t> also_;
};

std::string user_name(uid_t uid)
{
    const struct passwd* const entry = ::getpwuid(uid);
    return entry == nullptr ? std::to_string(uid)
                            : std::string(entry->pw_name) + " (" + std::to_string(uid) + ')';
}

std::string group_name(gid_t gid)
{
    const struct group* const entry = ::getgrgid(gid);
    return entry == nullptr ? std::to_string(gid)
                            : std::string(entry->gr_name) + " (" + std::to_string(gid) + ')';
}

std::string mode_of(const struct stat& status)
{
    std::string digits = "0000";
    for (std::size_t i = 0; i < digits.size(); ++i) {
        digits[3 - i] = static_cast<char>('0' + ((status.st_mode >> (3 * i)) & 7));
    }
    return digits;
}

struct AclEntry {
    unsigned tag;
    unsigned permissions;
    unsigned id;
};

// The access control list as the kernel gives it (linux/posix_acl_xattr.h). Empty where the file
// has none; no value where the system does not let us see whether it has one.
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
    for (std::size_t at = sizeof(posix_acl_xattr_header);
         at + sizeof(posix_acl_xattr_entry) <= static_cast<std::size_t>(size);
         at += sizeof(posix_acl_xattr_entry)) {
        posix_acl_xattr_entry entry{};
        std::memcpy(&entry, bytes.data() + at, sizeof entry);
        entries.push_back({ le16toh(entry.e_tag), le16toh(entry.e_perm), le32toh(entry.e_id) });
    }
    return entries;
}

// Collects what is wrong with one file or directory, so that one command line mends all of it.
class Examination {
public:
    // fd: of the file, or -1 where the path leads to it.
    Examination(const std::string& path, int fd, const struct stat& status, const Trusted& trusted)
        : path_(path)
        , fd_(fd)
        , status_(status)
        , trusted_(trusted)
    {
    }

    std::optional<WeakPoint> run()
    {
        if (!trusted_.user(status_.st_uid)) {
            add("belongs to user " + user_name(status_.st_uid), "chown root ");
        }
        if ((status_.st_mode & S_IWOTH) != 0) {
            add("can be written by others (mode " + mode_of(status_) + ")", "chmod go-w ");
        }
        if ((status_.st_mode & S_IWGRP) != 0) {
            look_at_groups();
        }
        if (reasons_.empty()) {
            return std::nullopt;
        }
        return WeakPoint{ path_, join(reasons_, ", "),
            is_pasteable(path_) ? join(repairs_, " && ") : "", false };
    }

private:
    void add(const std::string& reason, const std::string& command)
    {
        reasons_.push_back(reason);
        repairs_.push_back(command + shell_quote(path_));
    }

    // Where there is an access control list, the group's bits of the mode are its mask: nobody in
    // it may do more (acl(5)).
    void look_at_groups()
    {
        const auto acl = acl_of(path_, fd_);
        if (!acl || acl->empty()) {
            look_at_group(status_.st_gid, acl.has_value());
            return;
        }
        for (const AclEntry& entry : *acl) {
            if ((entry.permissions & ACL_WRITE) == 0) {
                continue;
            }
            if (entry.tag == ACL_USER && !trusted_.user(entry.id)) {
                add("can be written by user " + user_name(entry.id) + " (access control list)",
                    "setfacl -x u:" + std::to_string(entry.id) + ' ');
            } else if (entry.tag == ACL_GROUP && !trusted_.group(entry.id)) {
                add("can be written by group " + group_name(entry.id) + " (access control list)",
                    "setfacl -x g:" + std::to_string(entry.id) + ' ');
            } else if (entry.tag == ACL_GROUP_OBJ) {
                look_at_group(status_.st_gid, true);
            }
        }
    }

    void look_at_group(gid_t gid, bool acl_is_known)
    {
        if (!acl_is_known) {
            add("can be written by its group (mode " + mode_of(status_)
                    + "), or by whom its access control list names, "
                      "which cannot be read",
                "chmod g-w ");
        } else if (!trusted_.group(gid)) {
            add("can be written by others: by group " + group_name(gid) + " (mode "
                    + mode_of(status_) + ')',
                "chmod g-w ");
        }
    }

    const std::string& path_;
    int fd_;
    const struct stat& status_;
    const Trusted& trusted_;
    std::vector<std::string> reasons_;
    std::vector<std::string> repairs_;
};

// Walks from the root directory to a file as the kernel does.
class Walk {
public:
    explicit Walk(const Trusted& trusted)
        : trusted_(trusted)
    {
    }

    std::optional<WeakPoint> run(const std::string& path)
    {
        push(path);
        if (!path.starts_with('/')) {
            char here[4096];
            push(::getcwd(here, sizeof here) != nullptr ? here : "/");
        }
        constexpr int most_links = 40; // as the kernel has it (path_resolution(7))
        for (int links = 0; !todo_.empty() && links <= most_links;) {
            std::string name = std::move(todo_.back());
            todo_.pop_back();
            if (name == "..") {
                at_ = directory_of(at_);
            } else if (!step(at_ == "/" ? at_ + name : at_ + '/' + name, links)) {
                break;
            }
        }
        return std::move(found_);
    }

    // What it came to: also a name under which there is nothing.
    const std::string& place() const { return at_; }

private:
    // The components are kept with the next one last.
    void push(std::string_view path)
    {
        while (!path.empty()) {
            const std::size_t slash = path.rfind('/');
            const std::string_view part
                = slash == std::string_view::npos ? path : path.substr(slash + 1);
            if (!part.empty() && part != ".") {
                todo_.emplace_back(part);
            }
            path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
        }
    }

    // Takes one component; false where nothing is there.
    bool step(const std::string& next, int& links)
    {
        const auto status = lstat_of(next);
        look_at_directory(next, status);
        if (!status) {
            at_ = next;
            return false;
        }
        if (!S_ISLNK(status->st_mode)) {
            at_ = next;
            return true;
        }
        ++links;
        if (found_) {
            found_->has_links = true;
        }
        std::vector<char> target(65536);
        const ssize_t size = ::readlink(next.c_str(), target.data(), target.size());
        if (size <= 0) {
            return false;
        }
        if (target.front() == '/') {
            at_ = "/";
        }
        push({ target.data(), static_cast<std::size_t>(size) });
        return true;
    }

    // Of a sticky directory others cannot take out what is not theirs: what is, shows as the owner
    // of the next step.
    void look_at_directory(const std::string& next, const std::optional<struct stat>& taken_out)
    {
        const auto status = stat_of(at_);
        if (found_ || !status) {
            return;
        }
        const bool is_sticky = (status->st_mode & S_ISVTX) != 0 && trusted_.user(status->st_uid);
        if (todo_.empty() || !is_sticky || !taken_out) {
            found_ = Examination(at_, -1, *status, trusted_).run();
        } else if (S_ISLNK(taken_out->st_mode) && !trusted_.user(taken_out->st_uid)) {
            found_ = WeakPoint{ next, "belongs to user " + user_name(taken_out->st_uid),
                "chown -h root " + shell_quote(next), true };
        }
    }

    const Trusted& trusted_;
    std::vector<std::string> todo_;
    std::string at_ = "/";
    std::optional<WeakPoint> found_;
};

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
    return status ? Examination(path, -1, *status, Trusted(also)).run() : std::nullopt;
}

std::optional<WeakPoint> weak_descriptor(int fd, const std::string& path, std::optional<uid_t> also)
{
    struct stat status { };
    if (::fstat(fd, &status) != 0) {
        return WeakPoint{ path, "cannot be looked at", {}, false };
    }
    return Examination(path, fd, status, Trusted(also)).run();
}

std::optional<WeakPoint> weak_way(
    const std::string& path, std::optional<uid_t> also, std::string* resolved)
{
    const Trusted trusted(also);
    Walk walk(trusted);
    auto found = walk.run(path);
    if (resolved != nullptr) {
        *resolved = walk.place();
    }
    return found;
}

std::optional<WeakPoint> weak_point(const std::string& path, std::optional<uid_t> also)
{
    auto found = weak_way(path, also);
    return found ? std::move(found) : weak_file(path, also);
}

} // namespace relayctl
