// Cuts a source into parts while it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace relayctl {

// A part of a source. It begins and ends where a logical line does; comments directly above an
// entry stay with it.
struct SourcePart {
    std::string text;
    std::size_t begin = 0; // in the source, in bytes
    std::uint32_t lines_before = 0; // the number of physical lines in front of it
};

// Reads part by part, so that a table of any size takes the same memory.
class PartReader {
public:
    // fd: of the source, which must stay open. path: how errors name it. size: how many bytes of it
    // are read. about: bytes of a part.
    PartReader(int fd, std::string path, std::size_t size, std::size_t about);

    // Reads the next part into `part`, whose memory is used again. Returns false at the end.
    // Errors: those of read_at().
    bool next(SourcePart& part);

    // Returns false if the source has been shortened.
    bool has_read_all() const noexcept { return read_ == size_; }

private:
    int fd_;
    std::string path_;
    std::size_t size_;
    std::size_t about_;
    std::string rest_; // was read, but not yet given
    std::size_t read_ = 0; // bytes
    bool is_at_end_ = false;
    std::uint32_t lines_ = 0; // of the parts before
};

} // namespace relayctl
