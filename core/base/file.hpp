// Files without a shell, without following what should not be followed, with every error said.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace relayctl {

// Owner of a file descriptor; closes it, ignoring errors, when it goes. Writers call close() and
// look.
class FileDescriptor {
public:
    FileDescriptor() noexcept = default;
    explicit FileDescriptor(int fd) noexcept
        : fd_(fd)
    {
    }
    FileDescriptor(FileDescriptor&& other) noexcept
        : fd_(other.release())
    {
    }
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() { reset(); }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    int release() noexcept;
    void reset() noexcept;
    // Closes and says whether that worked; errno is set where it did not.
    bool close() noexcept;

private:
    int fd_ = -1;
};

// What tells one state of a file from another: an editor that saves changes at least one of these.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t modified_ns = 0; // mtime, nanoseconds since 1970
    std::int64_t changed_ns = 0; // ctime, likewise

    static FileIdentity of(const struct stat& status) noexcept;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;

    // The same but for ctime, which a rename moves.
    bool same_content_as(const FileIdentity& other) const noexcept;
};

struct FileContent {
    std::string text;
    struct stat status { };
};

// A table may be this large; beyond it, a clear error instead of a dead machine.
inline constexpr std::uint64_t max_table_bytes = std::uint64_t{ 2 } << 30;
// A certificate file may be this large.
inline constexpr std::uint64_t max_certificate_bytes = std::uint64_t{ 16 } << 20;

struct OpenFile {
    FileDescriptor fd;
    struct stat status { };
};

// Opens a regular file of at most `most` bytes for reading; no value where there is no such file.
// Errors: those of read_file.
std::optional<OpenFile> open_if_any(const std::string& path, std::uint64_t most);

// The same for a path that has been resolved already (realpath(3)): where somebody has put a
// symbolic link in the place of any part of it since, that is ELOOP, which throw_errno reports.
std::optional<OpenFile> open_resolved_if_any(const std::string& path, std::uint64_t most);

// open(2) without following any symbolic link, in the last part or before it; close-on-exec, -1
// with errno. By openat2(2), or step by step where the system has no such call or does not let us
// use it.
FileDescriptor open_without_links(const std::string& path, int flags, mode_t mode = 0) noexcept;

// All that an open file has. Where somebody writes to it meanwhile it is read again, so that what
// comes out is one state of the file; after some attempts: throw_being_changed(subject). Throws
// throw_errno(subject, "read") as well.
std::string read_open_file(const OpenFile& file, const std::string& subject);

// Whether the file is another, or has been written to, since its status was taken.
bool has_changed(const OpenFile& file) noexcept;

// ErrorKind::permission: another program is writing it at this moment.
[[noreturn]] void throw_being_changed(const std::string& subject);

// "a directory", "a FIFO", "a socket", "a device": what is no regular file.
std::string_view kind_of(const struct stat& status) noexcept;

// Fills the buffer up to the end of the file; gives how many bytes that were. Throws
// throw_errno(subject, "read").
std::size_t read_up_to(int fd, std::span<char> buffer, const std::string& subject);

// Reads a regular file of at most `most` bytes. A directory, FIFO, device or larger file is
// ErrorKind::input; a FIFO is never waited for.
FileContent read_file(const std::string& path, std::uint64_t most);

// The same, but no value where there is no such file.
std::optional<FileContent> read_file_if_any(const std::string& path, std::uint64_t most);

// Reads an open descriptor (a pipe, standard input) to its end; subject names it in errors.
std::string read_descriptor(int fd, const std::string& subject, std::uint64_t most);

// Writes all of it, through short writes and EINTR; throws throw_errno(subject, "write").
void write_all(int fd, std::string_view bytes, const std::string& subject);

std::optional<struct stat> stat_of(
    const std::string& path); // following links; no value where nothing is there
std::optional<struct stat> lstat_of(const std::string& path); // the link itself

// Whether any process has the file open for writing at this moment (an editor that saves in place).
// By asking for a read lease (fcntl F_SETLEASE), which the kernel refuses then; false where it
// cannot tell (not our file, no such file).
bool is_open_for_writing(const std::string& path);

std::string directory_of(const std::string& path); // "." where there is no slash
std::string base_name(const std::string& path);

} // namespace relayctl
