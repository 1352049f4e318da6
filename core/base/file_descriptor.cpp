#include "core/base/file_descriptor.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <unistd.h>

#include <array>
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
        // The caller may still be about to read the errno of the failed call before.
        const int saved = errno;
        ::close(release());
        errno = saved;
    }
}

bool FileDescriptor::close() noexcept
{
    // Linux releases the descriptor whatever close() returns, also with EINTR. It must not be
    // closed a second time.
    const int result = ::close(release());
    return result == 0 || errno == EINTR;
}

namespace {

// read_some(destination, size, offset in the buffer) is read(2) or pread(2).
template <typename ReadSome>
std::size_t fill(std::span<char> buffer, const std::string& subject, ReadSome read_some)
{
    std::size_t done = 0;
    while (done < buffer.size()) {
        const ssize_t got = read_some(buffer.data() + done, buffer.size() - done, done);
        // The file has ended.
        if (got == 0) {
            break;
        }
        if (got > 0) {
            done += static_cast<std::size_t>(got);
        } else if (errno != EINTR) {
            throw_errno(escape(subject), "read");
        }
    }
    return done;
}

} // namespace

std::size_t read_up_to(int fd, std::span<char> buffer, const std::string& subject)
{
    return fill(buffer, subject,
        [&](char* to, std::size_t size, std::size_t) { return ::read(fd, to, size); });
}

std::size_t read_at(int fd, std::size_t begin, std::span<char> buffer, const std::string& subject)
{
    return fill(buffer, subject, [&](char* to, std::size_t size, std::size_t done) {
        return ::pread(fd, to, size, static_cast<off_t>(begin + done));
    });
}

std::string read_descriptor(int fd, const std::string& subject, std::uint64_t most)
{
    std::string text;
    std::array<char, 65536> buffer;
    std::size_t got = 0;
    do {
        got = read_up_to(fd, buffer, subject);
        text.append(buffer.data(), got);
        if (text.size() > most) {
            throw_too_large(subject, most);
        }
    } while (got == buffer.size()); // less means its end, which a terminal says only once
    return text;
}

void write_all(int fd, std::string_view bytes, const std::string& subject)
{
    while (!bytes.empty()) {
        const ssize_t put = ::write(fd, bytes.data(), bytes.size());
        if (put >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(put));
        } else if (errno != EINTR) {
            throw_errno(escape(subject), "write");
        }
    }
}

void throw_too_large(const std::string& subject, std::uint64_t most)
{
    throw Error(ErrorKind::input,
        escape(subject) + ": larger than " + std::to_string(most >> 20)
            + " MiB, refusing to read it");
}

} // namespace relayctl
