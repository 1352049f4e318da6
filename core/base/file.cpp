#include "core/base/file.hpp"

#include "core/base/error.hpp"
#include "core/base/huge_pages.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

namespace relayctl {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept
{
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

int FileDescriptor::release() noexcept
{
    return std::exchange(fd_, -1);
}

void FileDescriptor::reset() noexcept
{
    if (fd_ >= 0) {
        const int saved = errno;
        ::close(release());
        errno = saved;
    }
}

bool FileDescriptor::close() noexcept
{
    // Linux releases the descriptor whatever close() answers, also on EINTR: never a second time.
    const int result = ::close(release());
    return result == 0 || errno == EINTR;
}

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

[[noreturn]] void throw_too_large(const std::string& subject, std::uint64_t most)
{
    throw Error(ErrorKind::input,
        escape(subject) + ": larger than " + std::to_string(most >> 20)
            + " MiB, refusing to read it");
}

// O_NONBLOCK: opening a FIFO without a writer must not hang.
constexpr int to_read = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

// errno must be that of opening it.
std::optional<OpenFile> look_at_opened(
    FileDescriptor fd, const std::string& path, std::uint64_t most)
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
    return look_at_opened(FileDescriptor(::open(path.c_str(), to_read)), path, most);
}

std::optional<OpenFile> open_resolved_if_any(const std::string& path, std::uint64_t most)
{
    return look_at_opened(open_without_links(path, to_read), path, most);
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

namespace {

// read_some(destination, size, offset in the buffer): read(2) or pread(2).
template <typename ReadSome>
std::size_t fill(std::span<char> buffer, const std::string& subject, ReadSome read_some)
{
    std::size_t done = 0;
    while (done < buffer.size()) {
        const ssize_t got = read_some(buffer.data() + done, buffer.size() - done, done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            throw_errno(escape(subject), "read");
        }
        if (got == 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    return done;
}

std::size_t read_at(int fd, std::size_t begin, std::span<char> buffer, const std::string& subject)
{
    return fill(buffer, subject, [&](char* to, std::size_t size, std::size_t done) {
        return ::pread(fd, to, size, static_cast<off_t>(begin + done));
    });
}

} // namespace

std::size_t read_up_to(int fd, std::span<char> buffer, const std::string& subject)
{
    return fill(buffer, subject,
        [&](char* to, std::size_t size, std::size_t) { return ::read(fd, to, size); });
}

namespace {

// The file's bytes up to `size`, or fewer where it has been shortened since.
std::string read_bytes(int fd, std::size_t size, const std::string& subject)
{
    constexpr std::size_t at_once = std::size_t{ 4 }
        << 20; // most of the time is copying, which processors share
    std::string text;
    reserve_large(text, size);
    text.resize(size);
    if (size < 2 * at_once) {
        text.resize(read_at(fd, 0, text, subject));
        return text;
    }
    std::atomic<bool> is_whole = true;
    in_parallel((size + at_once - 1) / at_once,
        [&](std::size_t i) {
            const std::size_t begin = i * at_once;
            const std::size_t wanted = std::min(at_once, size - begin);
            if (read_at(fd, begin, std::span(text).subspan(begin, wanted), subject) < wanted) {
                is_whole = false;
            }
        },
        1);
    if (!is_whole) {
        text.clear();
    }
    return text;
}

} // namespace

std::string read_open_file(const OpenFile& file, const std::string& subject)
{
    constexpr int most_attempts = 5;
    constexpr std::chrono::milliseconds pause{
        30
    }; // a program that saves a file in place is soon done with it
    struct stat before = file.status;
    for (int attempt = 1;; ++attempt) {
        const auto size = static_cast<std::size_t>(before.st_size);
        std::string text = read_bytes(file.fd.get(), size, subject);
        struct stat after { };
        if (::fstat(file.fd.get(), &after) != 0) {
            throw_errno(escape(subject), "stat");
        }
        if (text.size() == size
            && FileIdentity::of(before).same_content_as(FileIdentity::of(after))) {
            return text;
        }
        if (attempt == most_attempts) {
            throw_being_changed(subject);
        }
        if (static_cast<std::uint64_t>(after.st_size) > max_table_bytes) {
            throw_too_large(subject, max_table_bytes);
        }
        std::this_thread::sleep_for(attempt * pause);
        if (::fstat(file.fd.get(), &before) != 0) {
            throw_errno(escape(subject), "stat");
        }
    }
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

std::string read_descriptor(int fd, const std::string& subject, std::uint64_t most)
{
    std::string text;
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got == 0) {
            return text;
        }
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno(escape(subject), "read");
        }
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (text.size() > most) {
            throw_too_large(subject, most);
        }
    }
}

void write_all(int fd, std::string_view bytes, const std::string& subject)
{
    while (!bytes.empty()) {
        const ssize_t put = ::write(fd, bytes.data(), bytes.size());
        if (put < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno(escape(subject), "write");
        }
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
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
    // Whoever opens it for writing while we hold the lease is announced by SIGIO, which would end
    // us.
    struct sigaction ignore { };
    struct sigaction saved { };
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGIO, &ignore, &saved);
    const bool refused = ::fcntl(fd.get(), F_SETLEASE, F_RDLCK) != 0;
    const bool written = refused && (errno == EAGAIN || errno == EBUSY);
    if (!refused) {
        ::fcntl(fd.get(), F_SETLEASE, F_UNLCK);
    }
    sigaction(SIGIO, &saved, nullptr);
    return written;
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
