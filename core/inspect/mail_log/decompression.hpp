// Decompresses logs: libarchive does it, which is loaded when the first compressed log is read.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct archive;

namespace relayctl {

// Returns true if a file that begins with these bytes is compressed by gzip, xz, zstd or bzip2.
bool is_compressed(std::string_view head) noexcept;

class Decompressor {
public:
    // fd: is read from where it stands. head: what has been read of it already. name: for errors.
    // Throws ErrorKind::system, with a hint, if libarchive is not installed.
    Decompressor(int fd, std::string head, std::string name);
    ~Decompressor();
    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;

    // Fills the buffer, but for the end, and returns the number of bytes. Throws ErrorKind::input
    // if the data is damaged or cut off, and throw_errno(name, "read").
    std::size_t read(std::span<char> buffer);

private:
    struct Input;

    [[noreturn]] void fail();

    std::unique_ptr<Input> input_;
    ::archive* archive_ = nullptr;
};

} // namespace relayctl
