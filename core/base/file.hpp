// Files: opening and reading them without waiting for a FIFO, and telling one state of a file from
// another. Errors are always reported.
#pragma once

#include "core/base/file_descriptor.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

// Tells one state of a file from another: an editor that saves the file changes at least one of
// these.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t modified_ns = 0; // mtime in nanoseconds since 1970
    std::int64_t changed_ns = 0; // ctime, likewise

    static FileIdentity of(const struct stat& status) noexcept;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;

    // Compares all but ctime, which also a rename changes.
    bool same_content_as(const FileIdentity& other) const noexcept;
};

// The content of a file, with the status that belongs to it.
struct FileContent {
    std::string text;
    struct stat status { };
};

// The most bytes that are read of a table. A larger one is an error and not a machine out of
// memory.
inline constexpr std::uint64_t max_table_bytes = std::uint64_t{ 2 } << 30;
// The most bytes that are read of a file of certificates.
inline constexpr std::uint64_t max_certificate_bytes = std::uint64_t{ 16 } << 20;

// A regular file that is open for reading, with its status when it was opened.
struct OpenFile {
    FileDescriptor fd;
    struct stat status { };
};

// Opens a regular file of at most `most` bytes for reading. Has no value if there is no such file.
// Throws what read_file() throws.
std::optional<OpenFile> open_if_any(const std::string& path, std::uint64_t most);

// Does the same for a path that was resolved before (realpath(3)). Throws throw_errno() with ELOOP
// if somebody has put a symbolic link into any part of the path since then.
std::optional<OpenFile> open_resolved_if_any(const std::string& path, std::uint64_t most);

// Calls open(2), close-on-exec, but follows no symbolic link, neither in the last part of the path
// nor before it. Returns an empty descriptor and sets errno if that fails. Uses openat2(2), or goes
// step by step if the system does not have that call or does not let us use it.
FileDescriptor open_without_links(const std::string& path, int flags, mode_t mode = 0) noexcept;

// Reads all of an open file. If somebody writes to it meanwhile, it is read again, so that the
// result is one state of the file; after five attempts this throws throw_being_changed(subject).
// Throws throw_errno(subject, "read") as well.
std::string read_open_file(const OpenFile& file, const std::string& subject);

// Returns true if the file has been written to, or cannot be examined, since its status was taken.
bool has_changed(const OpenFile& file) noexcept;

// Throws ErrorKind::permission: another program is writing to the file at this moment.
[[noreturn]] void throw_being_changed(const std::string& subject);

// Names what is no regular file: "a directory", "a FIFO", "a socket", "a device".
std::string_view kind_of(const struct stat& status) noexcept;

// Reads a regular file. Throws ErrorKind::input if there is none, if it is a directory, FIFO,
// socket or device, or if it has more than `most` bytes; ErrorKind::permission and
// ErrorKind::system as throw_errno() does.
FileContent read_file(const std::string& path, std::uint64_t most);

// Does the same, but has no value if there is no such file.
std::optional<FileContent> read_file_if_any(const std::string& path, std::uint64_t most);

// stat(2), and lstat(2), which does not follow a link. Both have no value if the call fails.
std::optional<struct stat> stat_of(const std::string& path);
std::optional<struct stat> lstat_of(const std::string& path);

// Returns true if a process has the file open for writing at this moment, as an editor has that
// saves in place. The kernel refuses a read lease then (fcntl(2), F_SETLEASE). Returns false as
// well if the kernel does not tell: it is not our file, or there is no such file.
bool is_open_for_writing(const std::string& path);

// The part of a path in front of the last slash, or "." if it has none; and the part behind it.
std::string directory_of(const std::string& path);
std::string base_name(const std::string& path);

} // namespace relayctl
