// Splices become changes of complete lines, changes near each other share a hunk, and the hunks are
// written one behind the other.
#include "core/table/unified_diff.hpp"

#include "core/table/physical_line.hpp"

#include <algorithm>
#include <vector>

namespace relayctl {

namespace {

constexpr std::size_t context_lines = 3;

// Complete lines that change: [begin, end) of the text becomes `after`.
struct ChangedLines {
    std::size_t begin;
    std::size_t end;
    std::string after;
};

// Widens each splice to complete lines, and joins those that touch each other.
std::vector<ChangedLines> changed_lines(std::string_view text, std::span<const Splice> splices)
{
    std::vector<ChangedLines> changes;
    std::size_t done = 0; // the last change has the text in front of this already
    for (const Splice& splice : splices) {
        const std::size_t begin = line_begin(text, splice.offset);
        const std::size_t splice_end = splice.offset + splice.size;
        // A change goes to the end of the line in which the splice ends. A splice that ends at the
        // beginning of a line takes no further line.
        const bool at_start
            = splice_end > 0 && splice_end == line_begin(text, splice_end) && splice.size > 0;
        const std::size_t end = at_start ? splice_end : line_end(text, splice_end);
        if (!changes.empty() && begin <= changes.back().end) {
            ChangedLines& last = changes.back();
            last.after.resize(
                last.after.size() - (last.end - done)); // takes back what was copied too early
            last.after += text.substr(done, splice.offset - done);
            last.after += splice.replacement;
            last.end = std::max(end, last.end);
            last.after += text.substr(splice_end, last.end - splice_end);
        } else {
            changes.push_back({ begin, end,
                std::string(text.substr(begin, splice.offset - begin)) + splice.replacement
                    + std::string(text.substr(splice_end, end - splice_end)) });
        }
        done = splice_end;
    }
    return changes;
}

// Appends the lines with a sign in front of each, and says where the last newline is missing, as
// diffutils does.
void put_lines(std::string& out, char sign, std::string_view text)
{
    for (const std::string_view line : whole_lines(text)) {
        out += sign;
        out += line;
        if (line.back() != '\n') {
            out += "\n\\ No newline at end of file\n";
        }
    }
}

// Returns the lines of a hunk for its header: "3" or "3,4".
std::string range(std::size_t first_line, std::size_t count)
{
    // An empty range names the line in front of it, as diffutils does.
    return std::to_string(count == 0 ? first_line - 1 : first_line)
        + (count == 1 ? "" : "," + std::to_string(count));
}

// Counts lines from the front of the text to the back, looking at each byte once.
struct LineCounter {
    std::string_view text;
    std::size_t position = 0;
    std::size_t line = 1;

    // Returns the number of the line at an offset, from 1. The offsets must ascend.
    std::size_t line_at(std::size_t offset)
    {
        line += static_cast<std::size_t>(
            std::count(text.begin() + static_cast<std::ptrdiff_t>(position),
                text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
        position = offset;
        return line;
    }
};

// Returns the beginning of the line that is so many lines in front of the one at the offset.
std::size_t back(std::string_view text, std::size_t offset, std::size_t lines)
{
    while (lines-- > 0 && offset > 0) {
        offset = line_begin(text, offset - 1);
    }
    return offset;
}

// Returns the end of that many lines from the offset on.
std::size_t forward(std::string_view text, std::size_t offset, std::size_t lines)
{
    while (lines-- > 0 && offset < text.size()) {
        offset = line_end(text, offset);
    }
    return offset;
}

} // namespace

std::string unified_diff(std::string_view text, std::span<const Splice> splices,
    const std::string& old_name, const std::string& new_name)
{
    const std::vector<ChangedLines> changes = changed_lines(text, splices);
    std::string out;
    LineCounter counter{ text };
    std::ptrdiff_t shift = 0; // lines that the hunks so far have added
    for (auto first = changes.begin(); first != changes.end();) {
        const std::size_t begin = back(text, first->begin, context_lines);
        std::size_t end = forward(text, first->end, context_lines);
        auto last = first + 1;
        // Changes with few lines between them share a hunk, since their contexts would overlap.
        while (last != changes.end() && last->begin <= forward(text, end, context_lines)) {
            end = forward(text, last->end, context_lines);
            ++last;
        }
        std::string body;
        std::size_t position = begin;
        for (; first != last; ++first) {
            put_lines(body, ' ', text.substr(position, first->begin - position));
            put_lines(body, '-', text.substr(first->begin, first->end - first->begin));
            put_lines(body, '+', first->after);
            position = first->end;
        }
        put_lines(body, ' ', text.substr(position, end - position));

        const std::size_t old_line = counter.line_at(begin);
        const std::size_t old_count = whole_lines(text.substr(begin, end - begin)).size();
        std::size_t new_count = 0;
        for (const std::string_view line : whole_lines(body)) {
            new_count += line.front() == ' ' || line.front() == '+' ? 1 : 0;
        }
        const auto new_line
            = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(old_line) + shift);
        out += "@@ -" + range(old_line, old_count) + " +" + range(new_line, new_count) + " @@\n"
            + body;
        shift += static_cast<std::ptrdiff_t>(new_count) - static_cast<std::ptrdiff_t>(old_count);
    }
    return out.empty() ? out : "--- " + old_name + "\n+++ " + new_name + "\n" + out;
}

} // namespace relayctl
