// Where a reading of the log ended, so that the next one goes on there, even if the log has been
// rotated and compressed meanwhile. It is kept as text.
#pragma once

#include "core/base/time.hpp"
#include "core/inspect/mail_log/session_joiner.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// What was read of one file. Its content tells it, since names and inodes change.
struct ReadFile {
    std::uint64_t device = 0; // the file as it was then
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;
    std::uint64_t offset = 0; // behind the last line that was read, decompressed
    std::uint64_t head_size = 0; // bytes at its beginning that `head` is of
    std::string head; // what content_mark() gives of them
    std::string tail; // likewise, of the last bytes before the offset

    // Returns true if the file with this status has not changed since.
    bool is_unchanged(const struct stat& status) const noexcept;
};

struct ReadingPosition {
    std::vector<ReadFile> files; // in the order of their lines
    std::string journal_cursor; // empty if the journal was not read
    std::optional<Time> last; // the last time that was read
    std::vector<OpenSession> open;

    // Writes lines of printable ASCII, at most 64 KB: what would be more is left out.
    std::string to_text() const;
    // Reads them. Has no value for other texts.
    static std::optional<ReadingPosition> parse(std::string_view text);
};

// Returns a digest of the bytes, as hexadecimal digits.
std::string content_mark(std::string_view bytes);

} // namespace relayctl
