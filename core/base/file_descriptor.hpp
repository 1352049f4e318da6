// An open file descriptor: who closes it, and reading and writing all of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace relayctl {

// Owns a descriptor, and closes it in the destructor without reporting errors. Whoever has written
// to it calls close() instead.
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
    int release() noexcept; // gives it up without closing it
    void reset() noexcept; // closes it, and leaves errno as it was
    // Closes it and returns whether that worked; errno is set if it did not.
    bool close() noexcept;

private:
    int fd_ = -1;
};

// Reads until the buffer is full or the file ends, and returns the number of bytes. subject: names
// the file in errors. Throws throw_errno(subject, "read").
std::size_t read_up_to(int fd, std::span<char> buffer, const std::string& subject);

// Does the same from an offset of the file on, which several threads may do at once.
std::size_t read_at(int fd, std::size_t begin, std::span<char> buffer, const std::string& subject);

// Reads a pipe or a terminal to its end. Throws throw_errno(subject, "read"), and ErrorKind::input
// for more than `most` bytes.
std::string read_descriptor(int fd, const std::string& subject, std::uint64_t most);

// Writes all of the bytes, however many calls that takes. Throws throw_errno(subject, "write").
void write_all(int fd, std::string_view bytes, const std::string& subject);

// Throws ErrorKind::input: the file is larger than `most` bytes.
[[noreturn]] void throw_too_large(const std::string& subject, std::uint64_t most);

} // namespace relayctl
