// The file of a history: lines that are read from the end and written behind the last one.
#pragma once

#include "core/base/file.hpp"
#include "core/store/history_record.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace relayctl {

// A whole line, and where it begins.
struct HistoryLine {
    std::uint64_t offset = 0;
    std::string text; // without its newline
};

// Lines of an open file from the last one to the first, whatever the size of the file.
class BackwardLines {
public:
    // end: in bytes, behind the last line. fd must stay open.
    BackwardLines(int fd, std::uint64_t end, const std::string& path)
        : fd_(fd)
        , unread_(end)
        , path_(path)
    {
    }

    // Returns the line in front of the last one that was returned; no value at the beginning of the
    // file. A last line without a newline counts. Errors: throw_errno.
    std::optional<HistoryLine> next();

private:
    int fd_;
    std::uint64_t unread_; // bytes in front of those in tail_
    std::string tail_; // read, and not returned
    std::string path_;
};

// An open history. Errors of all members: throw_errno with the path of the file.
class HistoryFile {
public:
    enum class Purpose { reading, writing, making };

    // Opens it; `making` makes it with mode 0600 if there is none. Has no value if there is none.
    // also: the owner of the source, who may own the history, too. Errors: ErrorKind::permission if
    // it is a link or no regular file, has other names, or can be written by others: what is in it
    // is put into the table by undo.
    static std::optional<HistoryFile> open(
        const std::string& path, Purpose purpose, std::optional<uid_t> also);

    std::uint64_t size() const;
    bool is_new() const noexcept { return is_new_; }

    // Returns false if the last line has no newline: a crash has torn it.
    bool is_whole() const;
    // Returns the number of the last line that has one, as a rule by reading its end only; 0 if
    // there is none.
    std::uint64_t last_number() const;
    // Returns the number of the records that are kept no longer, from the first line; 0 if none.
    std::uint64_t folded() const;

    BackwardLines lines() const { return { fd_.get(), size(), path_ }; }

    // Writes the text behind the last line, and returns when it is on the disk. If that fails,
    // nothing of it stays.
    void append(std::string_view text);
    // Cuts the file off, and returns when that is on the disk.
    void cut(std::uint64_t size);

    // Writes the history anew as `fresh`, with the newest three quarters of what the limit allows
    // behind a mark, and puts it in its place. Does nothing if it is within the limit.
    void fold(const HistoryLimit& limit, const std::string& fresh) const;

private:
    HistoryFile(FileDescriptor fd, std::string path, bool is_new)
        : fd_(std::move(fd))
        , path_(std::move(path))
        , is_new_(is_new)
    {
    }

    FileDescriptor fd_;
    std::string path_;
    bool is_new_;
};

} // namespace relayctl
