#include "core/base/file.hpp"

#include "core/base/error.hpp"
#include "core/base/huge_pages.hpp"
#include "core/base/ignored_signal.hpp"
#include "core/base/one_state.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

namespace relayctl {

FileIdentity FileIdentity::of(const struct stat& status) noexcept
{
    const auto nanoseconds = [](const struct timespec& time) {
        return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
    };
    return { status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
        nanoseconds(status.st_ctim) };
}

bool FileIdentity::same_content_as(const FileIdentity& other) const noexcept
{
    return device == other.device && inode == other.inode && size == other.size
        && modified_ns == other.modified_ns;
}

namespace {

// O_NONBLOCK, because opening a FIFO that has no writer must not hang.
constexpr int to_read = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

// fd: as an open(2) returned it that has just been called, so that errno says why it failed.
std::optional<OpenFile> regular_file(FileDescriptor fd, const std::string& path, std::uint64_t most)
{
    OpenFile file{ std::move(fd), {} };
    if (!file.fd) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return std::nullopt;
        }
        throw_errno(escape(path), "open");
    }
    if (::fstat(file.fd.get(), &file.status) != 0) {
        throw_errno(escape(path), "stat");
    }
    if (!S_ISREG(file.status.st_mode)) {
        throw Error(ErrorKind::input,
            escape(path) + ": is " + std::string(kind_of(file.status)) + ", not a regular file");
    }
    if (static_cast<std::uint64_t>(file.status.st_size) > most) {
        throw_too_large(path, most);
    }
    return file;
}

// Reads the first `size` bytes of the file, or fewer if it has been shortened since. Most of the
// time goes into copying, so the processors share a large file.
std::string read_bytes(int fd, std::size_t size, const std::string& subject)
{
    constexpr std::size_t at_once = std::size_t{ 4 } << 20;
    std::string text;
    reserve_large(text, size);
    text.resize(size);
    // A small file is read by one call: starting threads would take longer.
    if (size < 2 * at_once) {
        text.resize(read_at(fd, 0, text, subject));
        return text;
    }
    std::atomic<bool> is_complete = true;
    in_parallel((size + at_once - 1) / at_once,
        [&](std::size_t i) {
            const std::size_t begin = i * at_once;
            const std::size_t wanted = std::min(at_once, size - begin);
            if (read_at(fd, begin, std::span(text).subspan(begin, wanted), subject) < wanted) {
                is_complete = false;
            }
        },
        1);
    // What comes behind a shortened part is no state of the file, so nothing of it is used.
    if (!is_complete) {
        text.clear();
    }
    return text;
}

} // namespace

std::string_view kind_of(const struct stat& status) noexcept
{
    return S_ISDIR(status.st_mode) ? "a directory"
        : S_ISFIFO(status.st_mode) ? "a FIFO"
        : S_ISSOCK(status.st_mode) ? "a socket"
                                   : "a device";
}

std::optional<OpenFile> open_if_any(const std::string& path, std::uint64_t most)
{
    return regular_file(FileDescriptor(::open(path.c_str(), to_read)), path, most);
}

std::optional<OpenFile> open_resolved_if_any(const std::string& path, std::uint64_t most)
{
    return regular_file(open_without_links(path, to_read), path, most);
}

void throw_being_changed(const std::string& subject)
{
    throw Error(ErrorKind::permission, escape(subject) + ": another program is changing it",
        { "let it finish, and try again" });
}

bool has_changed(const OpenFile& file) noexcept
{
    struct stat now { };
    return ::fstat(file.fd.get(), &now) != 0
        || !FileIdentity::of(now).same_content_as(FileIdentity::of(file.status));
}

std::string read_open_file(const OpenFile& file, const std::string& subject)
{
    std::string text;
    read_one_state(file, subject, [&](std::size_t size) {
        text = read_bytes(file.fd.get(), size, subject);
        return text.size() == size;
    });
    return text;
}

std::optional<FileContent> read_file_if_any(const std::string& path, std::uint64_t most)
{
    const auto file = open_if_any(path, most);
    if (!file) {
        return std::nullopt;
    }
    return FileContent{ read_open_file(*file, path), file->status };
}

FileContent read_file(const std::string& path, std::uint64_t most)
{
    auto content = read_file_if_any(path, most);
    if (!content) {
        throw Error(ErrorKind::input, escape(path) + ": no such file");
    }
    return std::move(*content);
}

std::optional<struct stat> stat_of(const std::string& path)
{
    struct stat status { };
    return ::stat(path.c_str(), &status) == 0 ? std::optional(status) : std::nullopt;
}

std::optional<struct stat> lstat_of(const std::string& path)
{
    struct stat status { };
    return ::lstat(path.c_str(), &status) == 0 ? std::optional(status) : std::nullopt;
}

bool is_open_for_writing(const std::string& path)
{
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) {
        return false;
    }
    // If somebody opens the file for writing while we hold the lease, the kernel sends SIGIO, whose
    // default action would end us.
    const IgnoredSignal no_sigio(SIGIO);
    // A lease is refused with one of these two errors while somebody has the file open for writing.
    // Any other error tells nothing.
    if (::fcntl(fd.get(), F_SETLEASE, F_RDLCK) != 0) {
        return errno == EAGAIN || errno == EBUSY;
    }
    ::fcntl(fd.get(), F_SETLEASE, F_UNLCK);
    return false;
}

std::string directory_of(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

std::string base_name(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

} // namespace relayctl
