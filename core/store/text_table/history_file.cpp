#include "core/store/text_table/history_file.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"
#include "core/store/text_table/replace.hpp"
#include "core/store/text_table/temporary.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace relayctl {

namespace {

constexpr std::size_t piece = std::size_t{ 1 } << 16;
constexpr std::size_t end_bytes = 64; // enough for the number at the end of a line

// Reads that many bytes from there, fewer at the end of the file.
std::string read_part(int fd, std::uint64_t offset, std::size_t size, const std::string& path)
{
    std::string bytes(size, '\0');
    bytes.resize(read_at(fd, offset, bytes, escape(path)));
    return bytes;
}

void require_own_history(int fd, const std::string& path, std::optional<uid_t> also)
{
    struct stat status { };
    if (::fstat(fd, &status) != 0) {
        throw_errno(escape(path), "stat");
    }
    const auto weak = weak_descriptor(fd, path, also);
    const std::string reason = !S_ISREG(status.st_mode)
        ? "is " + std::string(kind_of(status)) + ", not a regular file"
        : weak                ? weak->reason
        : status.st_nlink > 1 ? "has " + std::to_string(status.st_nlink) + " names (hard links)"
                              : "";
    if (!reason.empty()) {
        throw Error(ErrorKind::permission,
            escape(path) + ": refusing to use it as the history: it " + reason,
            { "move it away, relayctl makes it anew" });
    }
}

} // namespace

std::optional<HistoryLine> BackwardLines::next()
{
    // The newline of the line itself is its end, so the search begins in front of it.
    std::size_t newline
        = tail_.size() < 2 ? std::string::npos : tail_.rfind('\n', tail_.size() - 2);
    while (newline == std::string::npos && unread_ > 0) {
        // A long line is read in larger and larger pieces.
        const std::size_t size = std::min<std::uint64_t>(unread_, std::max(piece, tail_.size()));
        const std::string more = read_part(fd_, unread_ - size, size, path_);
        if (more.size() != size) {
            throw_being_changed(escape(path_));
        }
        unread_ -= size;
        tail_.insert(0, more);
        if (tail_.size() > 1) {
            newline = tail_.rfind('\n', std::min(size - 1, tail_.size() - 2));
        }
    }
    if (tail_.empty()) {
        return std::nullopt;
    }
    const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
    HistoryLine line{ unread_ + begin, tail_.substr(begin) };
    tail_.resize(begin);
    if (line.text.ends_with('\n')) {
        line.text.pop_back();
    }
    return line;
}

std::optional<HistoryFile> HistoryFile::open(
    const std::string& path, Purpose purpose, std::optional<uid_t> also)
{
    // The flags are those of a lock file, for the same reasons (lock.cpp).
    const int flags
        = (purpose == Purpose::reading ? O_RDONLY : O_RDWR | O_APPEND) | O_NOCTTY | O_NONBLOCK;
    FileDescriptor fd = open_without_links(path, flags);
    bool is_new = false;
    if (!fd && errno == ENOENT && purpose == Purpose::making) {
        fd = open_without_links(path, flags | O_CREAT | O_EXCL, 0600);
        is_new = static_cast<bool>(fd);
    }
    if (!fd && errno == ENOENT) {
        return std::nullopt;
    }
    if (!fd && errno == ELOOP) {
        throw Error(ErrorKind::permission,
            escape(path) + ": refusing to use it as the history: it is a symbolic link",
            { "move it away, relayctl makes it anew" });
    }
    if (!fd) {
        throw_errno(escape(path), purpose == Purpose::making && !is_new ? "write" : "open");
    }
    require_own_history(fd.get(), path, also);
    return HistoryFile(std::move(fd), path, is_new);
}

std::uint64_t HistoryFile::size() const
{
    struct stat status { };
    if (::fstat(fd_.get(), &status) != 0) {
        throw_errno(escape(path_), "stat");
    }
    return static_cast<std::uint64_t>(status.st_size);
}

std::uint64_t HistoryFile::last_number() const
{
    const std::uint64_t all = size();
    const std::uint64_t from = all > end_bytes ? all - end_bytes : 0;
    const std::string end = read_part(fd_.get(), from, end_bytes, path_);
    if (const std::uint64_t number = end.ends_with('\n') ? number_at_end(end) : 0) {
        return number;
    }
    BackwardLines backward = lines(); // somebody has edited it, or it is torn
    for (auto line = backward.next(); line; line = backward.next()) {
        if (const std::uint64_t number = number_at_end(line->text)) {
            return number;
        }
    }
    return 0;
}

bool HistoryFile::is_whole() const
{
    const std::uint64_t all = size();
    return all == 0 || read_part(fd_.get(), all - 1, 1, path_) == "\n";
}

std::uint64_t HistoryFile::folded() const
{
    const std::string begin = read_part(fd_.get(), 0, 2 * end_bytes, path_);
    const std::size_t newline = begin.find('\n');
    return newline != std::string::npos && begin.starts_with(mark_begin)
        ? number_at_end(std::string_view(begin).substr(0, newline))
        : 0;
}

void HistoryFile::append(std::string_view text)
{
    const std::uint64_t before = size();
    try {
        write_all(fd_.get(), text, path_);
        if (::fsync(fd_.get()) != 0) {
            throw_errno(escape(path_), "flush it to disk");
        }
        if (is_new_) {
            sync_directory_of(path_);
        }
    } catch (const Error&) {
        if (::ftruncate(fd_.get(), static_cast<off_t>(before)) != 0) {
            throw; // the next run sees that the source is not what the record says
        }
        throw;
    }
}

void HistoryFile::cut(std::uint64_t size)
{
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) {
        throw_errno(escape(path_), "shorten it");
    }
    if (::fsync(fd_.get()) != 0) {
        throw_errno(escape(path_), "flush it to disk");
    }
}

void HistoryFile::fold(const HistoryLimit& limit, const std::string& fresh) const
{
    const std::uint64_t all = size();
    if (last_number() - folded() <= limit.records && all <= limit.bytes) {
        return;
    }
    // A quarter of the limit goes at once, so that most changes write nothing anew.
    const std::uint64_t most_records
        = std::max<std::uint64_t>(limit.records - limit.records / 4, 1);
    const std::uint64_t most_bytes = limit.bytes - limit.bytes / 4;
    BackwardLines backward = lines();
    std::uint64_t from = all;
    std::optional<HistoryLine> line = backward.next();
    for (std::uint64_t kept = 0; line; line = backward.next(), ++kept) {
        if (kept == most_records || (kept > 0 && all - line->offset > most_bytes)) {
            break;
        }
        from = line->offset;
    }
    if (!line) {
        return;
    }
    const auto record = record_of(line->text);
    const std::string mark = record ? mark_line(record->number, record->time) : line->text + '\n';
    std::string rest = read_part(fd_.get(), from, all - from, path_);
    const std::array<std::string_view, 2> pieces = { mark, rest };
    // The new file gets owner and mode of the old one.
    OpenFile model{ FileDescriptor(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0)), {} };
    if (!model.fd || ::fstat(model.fd.get(), &model.status) != 0) {
        throw_errno(escape(path_), "stat");
    }
    write_temporary(fresh, pieces, &model);
    sync_file(fresh);
    if (::rename(fresh.c_str(), path_.c_str()) != 0) {
        throw_errno(escape(path_), "put the new file in its place");
    }
    sync_directory_of(path_);
}

} // namespace relayctl
