// Edits are collected first and turned into splices at the end, because several of them may be
// about the same lines, and the end of the text needs all of them: whether it ends with a newline,
// and whether its last lines go. Every byte that no edit is about stays where it is.
#include "core/table/editor.hpp"

#include "core/base/sort.hpp"
#include "core/table/scanner.hpp"

#include <algorithm>

namespace relayctl {

// Notes the change; splices() makes text of it.
void Editor::append(std::string_view key, std::string_view value, const Annotation& annotation)
{
    edits_.push_back({ Edit::Kind::append, nullptr, std::string(key), std::string(value),
        annotation == Annotation() ? nullptr : std::make_shared<const Annotation>(annotation) });
}

void Editor::erase(const Entry& entry)
{
    edits_.push_back({ Edit::Kind::erase, &entry, {}, {}, nullptr });
}

void Editor::set_value(const Entry& entry, std::string_view value)
{
    edits_.push_back({ Edit::Kind::set_value, &entry, {}, std::string(value), nullptr });
}

void Editor::set_annotation(const Entry& entry, const Annotation& annotation)
{
    edits_.push_back({ Edit::Kind::set_annotation, &entry, {}, {},
        std::make_shared<const Annotation>(annotation) });
}

void Editor::replace_text(std::size_t offset, std::size_t size, std::string text)
{
    edits_.push_back({ Edit::Kind::text, nullptr, {}, std::move(text), nullptr, offset, size });
}

std::vector<Splice> Editor::splices() const
{
    return splices_of(document_, edits_);
}

namespace {

// Returns the physical lines of an entry, without comments and blank lines between them.
std::vector<PhysicalLine> lines_of(const Document& document, const Entry& entry)
{
    // The entry is scanned again; a document does not keep the lines of its entries.
    LineScanner scanner(document.text().substr(entry.begin, entry.end - entry.begin));
    LogicalLine line;
    scanner.next(line);
    std::vector<PhysicalLine> lines = scanner.pieces();
    for (PhysicalLine& physical : lines) {
        physical.begin += entry.begin;
        physical.end += entry.begin;
        physical.next += entry.begin;
    }
    return lines;
}

// Turns edits into splices.
struct SpliceMaker {
    const Document& document;
    std::vector<Splice> splices = {};
    std::string appended = {}; // lines, without the last newline

    std::vector<Splice> run(std::span<const Edit> edits)
    {
        for (const Edit& edit : edits) {
            switch (edit.kind) {
            case Edit::Kind::append:
                append(edit);
                break;
            case Edit::Kind::erase:
                erase(*edit.entry);
                break;
            case Edit::Kind::set_value:
                set_value(*edit.entry, edit.value);
                break;
            case Edit::Kind::set_annotation:
                set_annotation(*edit.entry, *edit.annotation);
                break;
            case Edit::Kind::text:
                splices.push_back({ edit.offset, edit.size, edit.value });
                break;
            }
        }
        sort_stably(splices, [](const Splice& a, const Splice& b) {
            return a.offset != b.offset
                ? a.offset < b.offset
                : a.size == 0 && b.size != 0; // a new annotation goes above a changed line
        });
        // Bytes that are put in place of others say themselves how the text ends.
        if (edits.empty() || edits.front().kind != Edit::Kind::text) {
            splice_end();
        }
        return std::move(splices);
    }

    void append(const Edit& edit)
    {
        // The text may end without a newline, so each appended line brings the one in front of it.
        const auto begin_line = [&] { appended += appended.empty() ? "" : newline(); };
        if (edit.annotation) {
            begin_line();
            appended += to_line(*edit.annotation);
        }
        begin_line();
        appended.append(edit.key).append(" ").append(edit.value);
    }

    void erase(const Entry& entry)
    {
        // The comment of the entry goes with it; other comments stay.
        if (const auto above = document.annotation_line(entry)) {
            splices.push_back({ above->begin, above->next - above->begin, {} });
        }
        for (const PhysicalLine& line : lines_of(document, entry)) {
            splices.push_back({ line.begin, line.next - line.begin, {} });
        }
    }

    void set_value(const Entry& entry, const std::string& value)
    {
        if (!entry.folded) {
            splices.push_back({ entry.value_begin, entry.value_size, value });
            return;
        }
        // A folded entry becomes one line: nobody can tell which of its lines a new value belongs
        // to.
        const auto lines = lines_of(document, entry);
        const PhysicalLine& first = lines.front();
        // In a file with CRLF the '\r' at the end of the line stays where it is.
        const bool carriage_return
            = first.end > first.begin && document.text()[first.end - 1] == '\r';
        const std::string text = std::string(document.key(entry)) + ' ' + value;
        splices.push_back(
            { first.begin, first.end - (carriage_return ? 1 : 0) - first.begin, text });
        for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
            splices.push_back({ line->begin, line->next - line->begin, {} });
        }
    }

    // Puts the annotation in the place of the old one, or in a line of its own above the entry.
    void set_annotation(const Entry& entry, const Annotation& annotation)
    {
        const auto above = document.annotation_line(entry);
        const std::size_t begin = above ? above->begin : entry.begin;
        splices.push_back({ begin, entry.begin - begin,
            annotation == Annotation() ? "" : to_line(annotation) + std::string(newline()) });
    }

    // Returns the newline of the last line, which new lines get as well.
    std::string_view newline() const noexcept
    {
        const std::string_view text = document.text();
        const std::size_t last = text.rfind('\n');
        return last != std::string::npos && last > 0 && text[last - 1] == '\r' ? "\r\n" : "\n";
    }

    // Adds the appended lines. The text ends with a newline afterwards if it did before.
    void splice_end()
    {
        const std::string_view text = document.text();
        const bool ends_with_newline = text.empty() || text.back() == '\n';
        const auto is_erasure_up_to = [](const Splice& splice, std::size_t end) {
            return splice.replacement.empty() && splice.offset + splice.size == end;
        };
        std::size_t kept = text.size(); // the end of what stays, in front of erasures at the end
        for (auto splice = splices.rbegin();
             splice != splices.rend() && is_erasure_up_to(*splice, kept); ++splice) {
            kept = splice->offset;
        }
        if (appended.empty()) {
            // The last line had no newline and goes: then the line before it loses its newline, as
            // whoever wrote the file had it.
            if (!ends_with_newline && kept < text.size() && kept > 0) {
                const std::size_t size = kept > 1 && text[kept - 2] == '\r' ? 2 : 1;
                const auto behind = std::find_if(splices.begin(), splices.end(),
                    [&](const Splice& s) { return s.offset >= kept; });
                splices.insert(behind, { kept - size, size, {} });
            }
            return;
        }
        if (ends_with_newline) {
            appended += newline();
        } else if (kept == text.size()) {
            // Behind a last line that ends in CR we always add CR LF. So whoever erases the line
            // again sees by its end how much of it was ours.
            appended.insert(0, text.back() == '\r' ? "\r\n" : newline());
        }
        splices.push_back({ text.size(), 0, std::move(appended) });
    }
};

} // namespace

std::vector<Splice> splices_of(const Document& document, std::span<const Edit> edits)
{
    return SpliceMaker{ document }.run(edits);
}

std::vector<std::string_view> spliced_pieces(std::string_view text, std::span<const Splice> splices)
{
    std::vector<std::string_view> pieces;
    std::size_t position = 0;
    for (const Splice& splice : splices) {
        pieces.push_back(text.substr(position, splice.offset - position));
        pieces.push_back(splice.replacement);
        position = splice.offset + splice.size;
    }
    pieces.push_back(text.substr(position));
    return pieces;
}

std::string apply_splices(std::string_view text, std::span<const Splice> splices)
{
    std::string result;
    for (const std::string_view piece : spliced_pieces(text, splices)) {
        result += piece;
    }
    return result;
}

std::vector<LineRange> written_lines(std::string_view new_text, std::span<const Splice> splices)
{
    std::vector<LineRange> ranges;
    const auto newlines = [&](std::size_t begin, std::size_t end) {
        return static_cast<std::size_t>(
            std::count(new_text.begin() + static_cast<std::ptrdiff_t>(begin),
                new_text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    };
    std::size_t line = 1;
    std::size_t position = 0; // in the new text, where `line` is counted up to
    std::size_t inserted = 0;
    std::size_t erased = 0;
    for (const Splice& splice : splices) {
        // Offsets of splices are those of the old text; here they become those of the new one.
        const std::size_t offset = splice.offset + inserted - erased;
        inserted += splice.replacement.size();
        erased += splice.size;
        // A newline at either end belongs to the lines beside.
        const std::size_t begin = splice.replacement.find_first_not_of("\r\n");
        if (begin == std::string::npos) {
            continue;
        }
        line += newlines(position, offset + begin);
        position = offset + begin;
        const std::size_t first = line;
        const std::size_t end = offset + splice.replacement.find_last_not_of("\r\n") + 1;
        line += newlines(position, end);
        position = end;
        ranges.push_back({ first, line });
    }
    return ranges;
}

} // namespace relayctl
