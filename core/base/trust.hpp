// The one rule for files that decide who may relay and which programs run: who, besides root and
// the user running this, can change what a path names. Owner, mode and POSIX access control list of
// every step on the way are looked at.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace relayctl {

// A place at which somebody else can interfere.
struct WeakPoint {
    std::string path; // the file or directory
    std::string reason; // what goes behind the path: "belongs to user nobody (65534)"
    std::string repair; // the commands that mend it, for a shell; empty where none can be pasted
    bool has_links = false; // of a way: it goes on from here through a symbolic link, which leads
                            // where others like

    std::string to_string() const; // path and reason, for a message
    std::string repair_in_words() const; // for a hint, also where no command can be pasted
};

// Trusted are root, the effective user, and `also`, where there is one: the owner of a table may
// own its directory, too. A group is trusted that is root's (0), or that has no member who is not
// trusted (group(5), passwd(5)).

// What is wrong with a file itself. No value where all is well, or nothing is there. Links are
// followed.
std::optional<WeakPoint> weak_file(const std::string& path, std::optional<uid_t> also = {});

// The same for an open descriptor; path: how the result names it.
std::optional<WeakPoint> weak_descriptor(
    int fd, const std::string& path, std::optional<uid_t> also = {});

// The first weak directory on the way to a file, from the root directory down, through every
// directory that holds a symbolic link which is followed, to the directory of the file. A sticky
// directory is safe to walk through where what is taken out of it belongs to somebody trusted, but
// not safe to keep the file in. resolved: where the same walk came to, without links; of value only
// where it can be compared with what is opened then, since who can write one of the directories can
// change that at any time.
std::optional<WeakPoint> weak_way(
    const std::string& path, std::optional<uid_t> also = {}, std::string* resolved = nullptr);

// The way, then the file.
std::optional<WeakPoint> weak_point(const std::string& path, std::optional<uid_t> also = {});

} // namespace relayctl
