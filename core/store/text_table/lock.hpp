// The lock that every change of a source holds while it reads, publishes and builds the map.
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
    // Waits up to `limit`. also: the owner of the source, who may have made the lock file, too.
    // Errors: ErrorKind::permission, with the pid of the holder if the kernel tells it, when the
    // time is over; and if path is a link, cannot be opened, has other names (hard links), or is a
    // file that others can write, since we write to the lock file and believe what is in it.
    FileLock(
        const std::string& path, std::chrono::milliseconds limit, std::optional<uid_t> also = {});

    // Returns the descriptor for children to inherit: a postmap that outlives a killed relayctl
    // goes on writing the map, so it goes on holding the lock.
    int descriptor() const noexcept { return fd_.get(); }

    // Read and write a short text that the holder leaves for the next one; "" if there is none. A
    // failure to write is ignored: a lost record only costs the next run a full build.
    std::string record() const;
    void set_record(const std::string& text) noexcept;

private:
    FileDescriptor fd_;
};

} // namespace relayctl
