// The line grammar of Postfix tables: physical lines joined to logical lines, split into key and
// value. Source: readllines() in util/readlline.c, postmap() in postmap/postmap.c,
// dict_thash_open() in util/dict_thash.c.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Why postmap would drop a logical line (it warns and exits 0).
enum class LineProblem : std::uint8_t {
    none,
    orphan_continuation, // begins with white space, and nothing is before it to continue
    not_utf8, // with smtputf8_enable=yes, the default
    unbalanced_quote,
    missing_value, // or missing key
};

// One physical line that contributes to a logical line: neither blank nor comment. Offsets are
// bytes in the whole text.
struct PhysicalLine {
    std::size_t begin = 0;
    std::size_t end = 0; // before the newline
    std::size_t next = 0; // behind the newline, or the end of the text
    std::uint32_t number = 0; // from 1
};

// What LineScanner found. All views point into the scanned text or, for folded lines, into the
// scanner: they hold until the next call of next().
struct LogicalLine {
    LineProblem problem = LineProblem::none;
    bool folded = false; // more than one physical line
    bool has_nul = false; // postmap sees nothing of the text behind it
    bool behind_comment
        = false; // a comment stands directly before its first continuation line or between them
    std::string_view text; // joined, without newlines
    std::string_view key; // in quoted form, as postmap stores it
    std::string_view value; // trimmed
};

// A logical line begins at every physical line that begins with neither white space nor '#',
// whatever stands before it. So what is in front of such a place reads the same without what is
// behind it, and the other way round. The last such place before `position`, or 0.
std::size_t line_before(std::string_view text, std::size_t position) noexcept;
// The first such place behind `position`, or the end.
std::size_t line_behind(std::string_view text, std::size_t position) noexcept;

class LineScanner {
public:
    // From a place where a logical line begins; lines_before: physical lines in front of it.
    explicit LineScanner(
        std::string_view text, std::size_t begin = 0, std::uint32_t lines_before = 0) noexcept
        : text_(text)
        , position_(begin)
        , line_number_(lines_before)
    {
    }

    // The next logical line, blank lines and comments left out; false at the end of the text.
    bool next(LogicalLine& line);

    // Physical lines so far, those in front included.
    std::uint32_t lines() const noexcept { return line_number_; }

    // The physical lines of the last logical line, in order.
    const std::vector<PhysicalLine>& pieces() const noexcept { return pieces_; }

private:
    bool collect(LogicalLine& line);

    std::string_view text_;
    std::size_t position_;
    std::uint32_t line_number_;
    std::vector<PhysicalLine> pieces_;
    std::string joined_;
};

} // namespace relayctl
