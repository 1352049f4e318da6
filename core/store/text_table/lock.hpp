// The lock that all changes of one source take, across reading, publishing and building the map.
#pragma once

#include "core/base/file.hpp"

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

namespace relayctl {

// Holds an exclusive flock() on a file of its own, made 0600 and never removed: whoever may read
// the source itself could lock that and block the administrator (edit_file.c calls it the
// shared-lock DOS).
class FileLock {
public:
    // Waits up to `limit`. ErrorKind::permission, naming the holder's pid where the kernel tells
    // it, when that is over, or when path is a link or not to be opened, has other names (hard
    // links), or is a file that others can write: it would be written to, and believed. also: the
    // owner of the source, who may have made it.
    FileLock(
        const std::string& path, std::chrono::milliseconds limit, std::optional<uid_t> also = {});

    // For the children: a postmap that outlives a killed relayctl goes on writing the map, so it
    // goes on holding the lock.
    int descriptor() const noexcept { return fd_.get(); }

    // A short text that the holder leaves for the next one. Reading gives "" where there is none;
    // writing never fails loudly: a lost record only costs the next run a full build.
    std::string record() const;
    void set_record(const std::string& text) noexcept;

private:
    FileDescriptor fd_;
};

} // namespace relayctl
