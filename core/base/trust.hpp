// Who, besides the trusted users, can change what a path names. There is one rule for all files
// that decide who may relay or which programs run: it looks at owner, mode and POSIX access control
// list of the file and of every directory and symbolic link on the way to it.
//
// Trusted are root, the effective user and `also`, if it is given: the owner of a table may own its
// directory as well. A group is trusted as TrustedUsers::has_group() says.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>

namespace relayctl {

// A file or directory that somebody who is not trusted can change.
struct WeakPoint {
    std::string path;
    std::string reason; // follows the path in a message: "belongs to user nobody (65534)"
    std::string repair; // a shell command that mends it; empty if the path cannot be pasted
    // True if the way to the file leads from here through a symbolic link: whoever can change this
    // place chooses where the link points.
    bool has_links = false;

    std::string to_string() const; // the path, escaped, and the reason
    std::string repair_in_words() const; // for a hint, also if no command can be pasted
};

// Returns what is wrong with the file itself, after following symbolic links. Has no value if
// nothing is wrong or the file does not exist.
std::optional<WeakPoint> weak_file(const std::string& path, std::optional<uid_t> also = {});

// Does the same for an open descriptor; path is only the name that the result gives.
std::optional<WeakPoint> weak_descriptor(
    int fd, const std::string& path, std::optional<uid_t> also = {});

// Returns the first weak directory on the way to a file. It walks as the kernel does, from the root
// directory down and through each symbolic link, and ends with the directory of the file. A sticky
// directory may be walked through if what is taken out of it belongs to a trusted user, but it is
// no safe place for the file itself. resolved: receives the path without links at which the walk
// arrived. Compare it with the file that is opened afterwards before relying on it: whoever can
// write to one of the directories can change the way at any time.
std::optional<WeakPoint> weak_way(
    const std::string& path, std::optional<uid_t> also = {}, std::string* resolved = nullptr);

// Returns the first weak point of the way to the file or, if there is none, of the file.
std::optional<WeakPoint> weak_point(const std::string& path, std::optional<uid_t> also = {});

// Returns who else can read a file that is a secret of its owner: a private key. Users are trusted
// as above, and the owner is as well. Has no value if nobody else can, or if there is no such file.
std::optional<WeakPoint> readable_by_others(const std::string& path);

// Returns whether the mode of the file lets this user read it. A user whom the system does not know
// is assumed to read everything; supplementary groups and access control lists are not looked at.
bool may_read(const struct stat& status, const std::string& user);

// Returns the same of passing a directory.
bool may_pass(const struct stat& status, const std::string& user);

// Returns whether the mode lets every user of this machine read the file.
bool everybody_may_read(const struct stat& status) noexcept;

} // namespace relayctl
