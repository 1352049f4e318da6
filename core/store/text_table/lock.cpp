// The first attempt does not wait. If another process has the lock, flock() waits in the kernel,
// and a timer breaks into that wait again and again: so the limit and a noted signal are seen soon,
// and no time is lost between two attempts.
#include "core/store/text_table/lock.hpp"

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/lack_of_rights.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"
#include "core/base/trust.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace relayctl {

namespace {

// Does nothing: that the signal has a handler is enough for flock() to return with EINTR.
void wake_up(int) { }

// Has SIGALRM break into a blocking call every 20 ms, first after `limit` or 20 ms. It repeats
// because a signal just before flock() would be missed.
class Alarm {
public:
    explicit Alarm(std::chrono::milliseconds limit)
    {
        struct sigaction action { };
        action.sa_handler = wake_up;
        sigaction(SIGALRM, &action, &saved_);
        const auto first = std::clamp<long long>(limit.count() * 1000, 1, 20'000);
        const struct itimerval timer = { { 0, 20'000 }, { 0, static_cast<suseconds_t>(first) } };
        setitimer(ITIMER_REAL, &timer, nullptr);
    }
    ~Alarm()
    {
        const struct itimerval none {
        };
        setitimer(ITIMER_REAL, &none, nullptr);
        sigaction(SIGALRM, &saved_, nullptr);
    }
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

private:
    struct sigaction saved_ { };
};

// Returns true if no process has this pid. One of another user counts as there: kill(2) fails with
// EPERM for it.
bool is_gone(const std::string& pid)
{
    return ::kill(static_cast<pid_t>(std::strtol(pid.c_str(), nullptr, 10)), 0) != 0
        && errno == ESRCH;
}

// Returns "process 1234" from /proc/locks. That is the truth, unlike a pid that somebody once wrote
// into the file.
std::string holder_of(int fd)
{
    struct stat status { };
    if (::fstat(fd, &status) != 0) {
        return "another process";
    }
    char wanted[64];
    std::snprintf(wanted, sizeof wanted, "%02x:%02x:%lu", major(status.st_dev),
        minor(status.st_dev), static_cast<unsigned long>(status.st_ino));
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        std::istringstream words(line); // "1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF"
        std::string number, kind, strength, access, pid, file;
        words >> number >> kind >> strength >> access >> pid >> file;
        if (kind == "FLOCK" && file == wanted && pid != "0") {
            return "process " + pid
                + (is_gone(pid) ? " (gone; the postmap that it started is still running)" : "");
        }
    }
    return "another process";
}

// Checks before it is written that the file is a lock file, and not somebody else's file that was
// given this name.
void require_own_lock(int fd, const std::string& path, std::optional<uid_t> also)
{
    struct stat status { };
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        throw Error(
            ErrorKind::permission, escape(path) + ": is no regular file, refusing to lock it");
    }
    const auto weak = weak_descriptor(fd, path, also);
    if (!weak && status.st_nlink == 1) {
        return;
    }
    throw Error(ErrorKind::permission,
        escape(path) + ": refusing to use it as the lock file: it "
            + (weak ? weak->reason
                    : "has " + std::to_string(status.st_nlink) + " names (hard links)"),
        { "remove it, relayctl makes it anew: rm " + shell_quote(path) });
}

} // namespace

FileLock::FileLock(
    const std::string& path, std::chrono::milliseconds limit, std::optional<uid_t> also)
    // The last two flags are for somebody who has put a device there: opening a terminal must not
    // make it ours, and nothing must wait. The file may be new, and then only its owner may read
    // it.
    : fd_(open_without_links(path, O_RDWR | O_CREAT | O_NOCTTY | O_NONBLOCK, 0600))
{
    if (!fd_ && errno == ELOOP) {
        throw Error(ErrorKind::permission,
            escape(path) + ": is a symbolic link, refusing to lock through it");
    }
    if (!fd_ && errno == EACCES && ::geteuid() != 0) {
        throw Error(ErrorKind::permission,
            escape(path) + ": this user may not open the lock file, so it cannot change the table",
            hints_for_lack_of_rights());
    }
    if (!fd_) {
        throw_errno(escape(path), "open the lock file");
    }
    require_own_lock(fd_.get(), path, also);
    if (::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0) {
        return;
    }
    // Without this limit a postmap that hangs would keep every later run waiting.
    const auto deadline = std::chrono::steady_clock::now() + limit;
    const Alarm alarm(limit);
    while (::flock(fd_.get(), LOCK_EX) != 0) {
        if (errno != EINTR) {
            throw_errno(escape(path), "lock");
        }
        throw_if_interrupted();
        if (std::chrono::steady_clock::now() >= deadline) {
            throw Error(ErrorKind::permission,
                escape(path) + ": locked by " + holder_of(fd_.get()) + ", waited "
                    + in_seconds(limit),
                { "try again, or wait longer with --lock-timeout SECONDS" });
        }
    }
}

std::string FileLock::record() const
{
    std::array<char, 4096> buffer;
    const ssize_t got = ::pread(fd_.get(), buffer.data(), buffer.size(), 0);
    return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

void FileLock::set_record(const std::string& text) noexcept
{
    if (::ftruncate(fd_.get(), 0) != 0 || ::pwrite(fd_.get(), text.data(), text.size(), 0) < 0) {
        return;
    }
}

} // namespace relayctl
