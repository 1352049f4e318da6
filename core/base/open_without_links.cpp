#include "core/base/file.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <linux/openat2.h>

namespace relayctl {

namespace {

// Does what open_without_links() does on systems without openat2(2).
int open_step_by_step(const std::string& path, int flags, mode_t mode) noexcept
{
    // O_PATH needs no right to read the directories on the way, as the kernel's own walk does not.
    FileDescriptor at(::open(path.starts_with('/') ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    std::size_t begin = 0;
    for (std::size_t slash; (slash = path.find('/', begin)) != std::string::npos;
         begin = slash + 1) {
        // Several slashes behind each other count as one.
        if (slash == begin) {
            continue;
        }
        const std::string part = path.substr(begin, slash - begin);
        FileDescriptor next(
            ::openat(at.get(), part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!next) {
            return -1;
        }
        at = std::move(next);
    }
    return ::openat(at.get(), path.c_str() + begin, flags | O_NOFOLLOW, mode);
}

} // namespace

FileDescriptor open_without_links(const std::string& path, int flags, mode_t mode) noexcept
{
    struct open_how how { };
    how.flags = static_cast<__u64>(flags | O_CLOEXEC | O_NOFOLLOW);
    how.mode = mode;
    how.resolve = RESOLVE_NO_SYMLINKS;
    FileDescriptor fd(
        static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
    // A sandbox may refuse a call that it does not know with EPERM.
    if (!fd && (errno == ENOSYS || errno == EPERM)) {
        return FileDescriptor(open_step_by_step(path, flags | O_CLOEXEC, mode));
    }
    return fd;
}

} // namespace relayctl
