#include "core/inspect/mail_log/piece_source.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// A piece stays in the cache of a processor from the reading to the last look at it.
constexpr std::size_t piece_size = std::size_t{ 2 } << 20;
constexpr std::size_t more_at_once = 4096; // of the last line of a piece
constexpr std::size_t longest_line = 65536; // Postfix writes 2,000 bytes of a message

} // namespace

FilePieces::FilePieces(int fd, std::string name, std::uint64_t begin, std::uint64_t end)
    : fd_(fd)
    , name_(std::move(name))
    , begin_(begin)
    , end_(end)
{
}

// A piece has the lines that begin between its two offsets.
bool FilePieces::next(LogPiece& piece)
{
    piece.number = next_++;
    const std::uint64_t begin = begin_ + piece.number * piece_size;
    if (begin >= end_) {
        return false;
    }
    const std::uint64_t behind = std::min(begin + piece_size, end_);
    // The byte in front tells whether a line begins at the offset.
    const std::uint64_t first = begin == begin_ ? begin : begin - 1;
    std::string& buffer = piece.buffer;
    buffer.resize(piece_size + 1 + longest_line);
    const auto read = [&](std::size_t at, std::size_t size) {
        return at + read_at(fd_, first + at, std::span(buffer).subspan(at, size), name_);
    };
    std::size_t size = read(0, static_cast<std::size_t>(behind - first));
    std::size_t end = behind == end_ ? size : std::string::npos;
    for (std::size_t from = size; end == std::string::npos && size < buffer.size();) {
        if (size > 0 && buffer[from - 1] == '\n') {
            end = from;
            break;
        }
        const std::size_t more = read(size, std::min(more_at_once, buffer.size() - size));
        const std::size_t newline = std::string_view(buffer).substr(0, more).find('\n', size);
        end = newline != std::string::npos ? newline + 1 : more == size ? size : end;
        size = from = more;
    }
    std::string_view lines(buffer.data(), std::min(end, size));
    if (first < begin) {
        const std::size_t newline = lines.find('\n');
        lines.remove_prefix(newline == std::string_view::npos ? lines.size() : newline + 1);
    }
    // What is left of a line that is too long is no line.
    piece.lines = lines.substr(0, lines.rfind('\n') + 1);
    return true;
}

StreamPieces::StreamPieces(ReadStream read)
    : read_(std::move(read))
{
}

void StreamPieces::note(std::string_view bytes)
{
    size_ += bytes.size();
    head_ += bytes.substr(0, head_size - std::min(head_size, head_.size()));
    if (bytes.size() >= tail_size) {
        tail_ = bytes.substr(bytes.size() - tail_size);
    } else {
        tail_ += bytes;
        tail_.erase(0, tail_.size() - std::min(tail_.size(), tail_size));
    }
}

void StreamPieces::skip(std::uint64_t bytes)
{
    std::string buffer(piece_size, '\0');
    while (bytes > 0) {
        const std::size_t wanted
            = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, piece_size));
        const std::size_t size = read_(std::span(buffer).first(wanted));
        if (size == 0) {
            return;
        }
        note(std::string_view(buffer).substr(0, size));
        bytes -= size;
    }
}

bool StreamPieces::next(LogPiece& piece)
{
    const std::lock_guard lock(mutex_);
    std::string& buffer = piece.buffer;
    buffer.resize(piece_size + longest_line);
    for (;;) {
        const std::size_t kept = rest_.copy(buffer.data(), rest_.size());
        rest_.clear();
        const std::size_t more = read_(std::span(buffer).subspan(kept, piece_size));
        std::string_view text(buffer.data(), kept + more);
        if (more == 0) {
            return false; // a line without its end is not sure
        }
        if (skips_line_) {
            const std::size_t newline = text.find('\n');
            skips_line_ = newline == std::string_view::npos;
            const std::size_t passed = skips_line_ ? text.size() : newline + 1;
            note(text.substr(0, passed));
            text.remove_prefix(passed);
        }
        const std::size_t end = text.rfind('\n') + 1;
        rest_ = text.substr(end);
        if (rest_.size() > longest_line) {
            note(rest_);
            rest_.clear();
            skips_line_ = true;
        }
        if (end > 0) {
            piece.lines = text.substr(0, end);
            piece.number = next_++;
            note(piece.lines);
            return true;
        }
    }
}

} // namespace relayctl
