// Where pieces of a log come from: a plain file, of which several threads read at once, or a stream
// of bytes.
#pragma once

#include "core/base/file_descriptor.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace relayctl {

// A piece of complete lines.
struct LogPiece {
    std::size_t number = 0; // in the order of the log, from 0 on
    std::string buffer; // is used again for the next piece
    std::string_view lines; // in the buffer
};

class PieceSource {
public:
    PieceSource() = default;
    virtual ~PieceSource() = default;
    PieceSource(const PieceSource&) = delete;
    PieceSource& operator=(const PieceSource&) = delete;

    // Reads the next piece, or returns false if there is none. Threads may call it at once. Throws
    // throw_errno(NAME, "read"), and what the stream throws.
    virtual bool next(LogPiece& piece) = 0;
};

// A part of a plain file.
class FilePieces : public PieceSource {
public:
    // begin, end: offsets at which lines begin. name: for errors.
    FilePieces(int fd, std::string name, std::uint64_t begin, std::uint64_t end);

    bool next(LogPiece& piece) override;

private:
    int fd_;
    std::string name_;
    std::uint64_t begin_;
    std::uint64_t end_;
    std::atomic<std::size_t> next_ = 0;
};

// Fills the buffer, but for the end of the stream, and returns the number of bytes.
using ReadStream = std::function<std::size_t(std::span<char>)>;

class StreamPieces : public PieceSource {
public:
    static constexpr std::size_t head_size = 1024;
    static constexpr std::size_t tail_size = 256;

    explicit StreamPieces(ReadStream read);

    // Passes over that many bytes, or fewer if the stream ends before; call it first.
    void skip(std::uint64_t bytes);
    bool next(LogPiece& piece) override;

    // How many bytes of complete lines have been read or passed over, and the first and the last
    // ones of them. Not while other threads call next().
    std::uint64_t size() const noexcept { return size_; }
    const std::string& head() const noexcept { return head_; }
    const std::string& tail() const noexcept { return tail_; }

private:
    void note(std::string_view bytes);

    ReadStream read_;
    std::mutex mutex_;
    std::size_t next_ = 0;
    std::string rest_; // the beginning of a line
    bool skips_line_ = false; // in a line that is longer than a piece
    std::uint64_t size_ = 0;
    std::string head_;
    std::string tail_;
};

} // namespace relayctl
