// The line grammar of Postfix tables: physical lines are joined to logical lines, which are split
// into key and value. Source: readllines() in util/readlline.c, postmap() in postmap/postmap.c,
// dict_thash_open() in util/dict_thash.c.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Why postmap drops a logical line. It only warns, and exits with status 0.
enum class LineProblem : std::uint8_t {
    none,
    orphan_continuation, // it begins with white space, and there is no line to continue
    not_utf8, // which matters with smtputf8_enable=yes, the default
    unbalanced_quote,
    missing_value, // or the key is missing
};

// One physical line of a logical line; it is neither blank nor a comment. Offsets are bytes from
// the beginning of the text.
struct PhysicalLine {
    std::size_t begin = 0;
    std::size_t end = 0; // in front of the newline
    std::size_t next = 0; // behind the newline, or the end of the text
    std::uint32_t number = 0; // from 1
};

// A logical line. Its views point into the scanned text or, if it is folded, into the scanner, and
// hold until the next call of LineScanner::next().
struct LogicalLine {
    LineProblem problem = LineProblem::none;
    bool folded = false; // it has more than one physical line
    bool has_nul = false; // it has a NUL byte; postmap sees nothing behind that
    bool behind_comment = false; // a comment stands between its physical lines
    std::string_view text; // joined, without newlines
    std::string_view key; // with its quotes, as postmap stores it
    std::string_view value; // without white space at either end
};

// A logical line begins at every physical line that begins with neither white space nor '#',
// whatever stands in front of it. So the text in front of such a place and the text behind it can
// be parsed one without the other. Returns the last such place in front of `position`, or 0.
std::size_t line_before(std::string_view text, std::size_t position) noexcept;
// Returns the first such place behind `position`, or the end of the text.
std::size_t line_behind(std::string_view text, std::size_t position) noexcept;

// Divides a large text into sections, so that all processors read it at the same time. Returns the
// offsets at which the sections begin, and last the size of the text. Each section
// begins with a logical line (line_behind()). A text that is too small for a second thread to save
// time is one section.
std::vector<std::size_t> sections_of(std::string_view text);

// Goes through a text once. The text must outlive it.
class LineScanner {
public:
    // begin: a place where a logical line begins. lines_before: the number of physical lines in
    // front of it.
    explicit LineScanner(
        std::string_view text, std::size_t begin = 0, std::uint32_t lines_before = 0) noexcept
        : text_(text)
        , position_(begin)
        , line_number_(lines_before)
    {
    }

    // Reads the next logical line. Leaves out blank lines and comments, and returns false at the
    // end of the text.
    bool next(LogicalLine& line);

    // The number of physical lines so far, with those in front.
    std::uint32_t lines() const noexcept { return line_number_; }

    // Returns true if there was a comment so far.
    bool has_comments() const noexcept { return has_comments_; }

    // The physical lines of the last logical line, in order.
    const std::vector<PhysicalLine>& pieces() const noexcept { return pieces_; }

private:
    bool collect(LogicalLine& line);

    std::string_view text_;
    std::size_t position_;
    std::uint32_t line_number_;
    bool has_comments_ = false;
    std::vector<PhysicalLine> pieces_;
    std::string joined_;
};

} // namespace relayctl
