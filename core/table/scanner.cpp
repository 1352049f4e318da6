// Lines are read as readllines() in readlline.c and postmap() in postmap.c read them, odd cases
// included: what relayctl takes for an entry must be what postmap puts into the map. A physical
// line is one of the file; a logical line is one or several of them, as postmap sees it.
#include "core/table/scanner.hpp"

#include "core/base/bytes.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <cstring>

namespace relayctl {

namespace {

// Returns true if a logical line begins here, whatever stands in front (readlline.c, readllines()).
bool begins_line(std::string_view text, std::size_t position) noexcept
{
    return text[position] != '#' && !is_blank(text[position]);
}

// Splits a line into its key, up to the first white space outside of quotes, and its value. c_text:
// the line up to its first NUL byte, which is all that postmap sees.
void split(LogicalLine& line, std::string_view c_text)
{
    std::size_t end = skip_word(c_text); // usually most of a fingerprint
    bool in_quotes = false;
    for (; end < c_text.size(); ++end) {
        // A backslash takes the next character with it, also a blank (postmap.c, postmap()).
        const char c = c_text[end];
        if (c == '\\') {
            if (++end == c_text.size()) {
                break;
            }
        } else if (is_blank(c)) {
            if (!in_quotes) {
                break;
            }
        } else if (c == '"') {
            in_quotes = !in_quotes;
        }
    }
    line.key = c_text.substr(0, end);
    line.value = trim(c_text.substr(end));
    if (in_quotes) {
        line.problem = LineProblem::unbalanced_quote;
    } else if (line.key.empty() || line.value.empty()) {
        line.problem = LineProblem::missing_value;
    }
}

} // namespace

std::size_t line_before(std::string_view text, std::size_t position) noexcept
{
    // It goes back until a line begins that continues no other one.
    while (position > 0) {
        const std::size_t newline
            = position >= 2 ? text.rfind('\n', position - 2) : std::string_view::npos;
        position = newline == std::string_view::npos ? 0 : newline + 1;
        if (begins_line(text, position)) {
            break;
        }
    }
    return position;
}

std::size_t line_behind(std::string_view text, std::size_t position) noexcept
{
    while (true) {
        const std::size_t newline = text.find('\n', position);
        if (newline == std::string_view::npos || newline + 1 >= text.size()) {
            return text.size();
        }
        position = newline + 1;
        if (begins_line(text, position)) {
            return position;
        }
    }
}

std::vector<std::size_t> sections_of(std::string_view text)
{
    constexpr std::size_t least = std::size_t{ 1 } << 20; // bytes of a part
    // Several sections for each processor even out those that take longer.
    const std::size_t count
        = text.size() < 2 * least ? 1 : std::min(text.size() / least, 4 * processor_count());
    std::vector<std::size_t> begins = { 0 };
    for (std::size_t i = 1; i < count; ++i) {
        begins.push_back(std::max(begins.back(), line_behind(text, i * (text.size() / count))));
    }
    begins.push_back(text.size());
    return begins;
}

bool LineScanner::collect(LogicalLine& line)
{
    pieces_.clear();
    bool comment_since = false;
    while (position_ < text_.size()) {
        const char* const start = text_.data() + position_;
        const std::size_t left = text_.size() - position_;
        const auto* newline = static_cast<const char*>(std::memchr(start, '\n', left));
        const std::size_t length
            = newline != nullptr ? static_cast<std::size_t>(newline - start) : left;
        const PhysicalLine physical{ position_, position_ + length,
            position_ + std::min(length + 1, left), ++line_number_ };
        position_ = physical.next;

        std::size_t first = 0;
        while (first < length && is_blank(start[first])) {
            ++first;
        }
        if (first == length || start[first] == '#') {
            comment_since = comment_since || first < length;
            has_comments_ = has_comments_ || comment_since;
        } else {
            // A comment within an entry is allowed, but few people mean it.
            line.behind_comment = line.behind_comment || (comment_since && !pieces_.empty());
            pieces_.push_back(physical);
        }
        // A comment or a blank line does not end a logical line: only a line that begins with
        // something else does.
        if (!pieces_.empty()
            && (position_ == text_.size()
                || (text_[position_] != '#' && !is_blank(text_[position_])))) {
            break;
        }
    }
    return !pieces_.empty();
}

bool LineScanner::next(LogicalLine& line)
{
    line = LogicalLine();
    if (!collect(line)) {
        return false;
    }
    line.folded = pieces_.size() > 1;
    if (line.folded) {
        joined_.clear();
        for (const PhysicalLine& piece : pieces_) {
            joined_ += text_.substr(piece.begin, piece.end - piece.begin);
        }
        line.text = joined_;
    } else {
        line.text
            = text_.substr(pieces_.front().begin, pieces_.front().end - pieces_.front().begin);
    }
    const bool is_usual = is_ascii_without_nul(line.text); // no other line needs further tests
    const std::string_view c_text
        = is_usual ? line.text : line.text.substr(0, line.text.find('\0'));
    line.has_nul = c_text.size() != line.text.size();
    if (is_blank(line.text.front())) {
        line.problem = LineProblem::orphan_continuation;
        return true;
    }
    // allascii() of Postfix returns false for an empty string, which is a line that begins with
    // NUL.
    if (!is_usual && (c_text.empty() || !is_ascii(c_text)) && !is_utf8(line.text)) {
        line.problem = LineProblem::not_utf8;
        return true;
    }
    split(line, c_text);
    return true;
}

} // namespace relayctl
