#include "core/table/document.hpp"

#include "core/base/memory.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/table/divide.hpp"
#include "core/table/scanner.hpp"

#include <algorithm>
#include <cstring>

namespace relayctl {

Document::Document(std::string text, std::uint32_t lines_before)
    : Document(std::make_shared<const FileText>(std::move(text)), lines_before)
{
}

namespace {

// What was read of one part of the text.
struct Part {
    std::vector<Entry> entries;
    std::string joined;
    std::size_t dropped_lines = 0;
    std::uint32_t lines = 0; // physical ones
};

Entry entry_of(const LogicalLine& line, const std::vector<PhysicalLine>& pieces, std::size_t base)
{
    const auto at = [&](std::string_view view) {
        return static_cast<std::uint32_t>(base + static_cast<std::size_t>(view.data() - line.text.data()));
    };
    Entry entry;
    entry.begin = static_cast<std::uint32_t>(pieces.front().begin);
    entry.end = static_cast<std::uint32_t>(pieces.back().next);
    entry.line = pieces.front().number;
    entry.folded = line.folded;
    entry.key_begin = at(line.key);
    entry.key_size = static_cast<std::uint32_t>(line.key.size()) & 0x7fffffffU;
    entry.value_begin = at(line.value);
    entry.value_size = static_cast<std::uint32_t>(line.value.size());
    return entry;
}

// begin, end: places where logical lines begin.
Part read_part(std::string_view text, std::size_t begin, std::size_t end)
{
    constexpr std::size_t usual_line = 110; // bytes, of a table of sha256 fingerprints, with a short host
    Part part;
    reserve_large(part.entries, (end - begin) / usual_line);
    LineScanner scanner(text.substr(0, end), begin);
    LogicalLine line;
    while (scanner.next(line)) {
        if (line.problem != LineProblem::none) {
            ++part.dropped_lines;
            continue;
        }
        part.entries.push_back(entry_of(line, scanner.pieces(), line.folded ? part.joined.size() : scanner.pieces().front().begin));
        if (line.folded) {
            part.joined += line.text;
        }
    }
    part.lines = scanner.lines();
    return part;
}

// What stands in front of a part.
struct Place {
    std::size_t entries;
    std::uint32_t joined; // bytes
    std::uint32_t lines;
};

Entry placed(Entry entry, const Place& place)
{
    entry.line += place.lines;
    if (entry.folded) {
        entry.key_begin += place.joined;
        entry.value_begin += place.joined;
    }
    return entry;
}

} // namespace

Document::Document(std::shared_ptr<const FileText> text, std::uint32_t lines_before) : text_(std::move(text))
{
    const std::vector<std::size_t> begins = divide(this->text());
    std::vector<Part> parts(begins.size() - 1);
    in_parallel(parts.size(), [&](std::size_t i) { parts[i] = read_part(this->text(), begins[i], begins[i + 1]); }, 1);
    std::vector<Place> places;
    Place next{0, 0, lines_before};
    for (const Part& part : parts) {
        places.push_back(next);
        next.entries += part.entries.size();
        next.joined += static_cast<std::uint32_t>(part.joined.size());
        next.lines += part.lines;
        joined_ += part.joined;
        dropped_lines_ += part.dropped_lines;
    }
    reserve_large(entries_, next.entries);
    entries_.resize(next.entries);
    in_parallel(parts.size(), [&](std::size_t i) {
        std::transform(parts[i].entries.begin(), parts[i].entries.end(), entries_.begin() + static_cast<std::ptrdiff_t>(places[i].entries),
                       [&](const Entry& entry) { return placed(entry, places[i]); });
        parts[i] = Part();
    }, 1);
}

std::optional<Fingerprint> Document::meant_fingerprint(const Entry& entry) const noexcept
{
    return Fingerprint::from_written(key(entry));
}

std::string_view Document::comment_above(const Entry& entry) const noexcept
{
    if (entry.begin == 0) {
        return {};
    }
    const std::string_view before = text().substr(0, entry.begin - 1); // without its newline
    const auto* newline = static_cast<const char*>(::memrchr(before.data(), '\n', before.size()));
    const std::string_view line = newline == nullptr ? before : before.substr(static_cast<std::size_t>(newline - before.data()) + 1);
    const std::size_t first = line.find_first_not_of(" \t");
    return first != std::string_view::npos && line[first] == '#' ? line : std::string_view();
}

std::optional<AnnotationLine> Document::annotation_line(const Entry& entry) const
{
    const std::string_view comment = comment_above(entry);
    auto annotation = comment.empty() ? std::nullopt : parse_annotation(comment);
    if (!annotation) {
        return std::nullopt;
    }
    if (!annotation->for_fingerprint.empty()) {
        const auto fingerprint = meant_fingerprint(entry);
        if (!fingerprint || !is_for(*annotation, *fingerprint)) {
            return std::nullopt;
        }
    }
    return AnnotationLine{static_cast<std::size_t>(comment.data() - text().data()), entry.begin, std::move(*annotation)};
}

Annotation Document::annotation(const Entry& entry) const
{
    auto line = annotation_line(entry);
    return line ? std::move(line->annotation) : Annotation();
}

const Entry* Document::find(const Fingerprint& fingerprint) const
{
    const std::string wanted = fingerprint.to_string();
    const auto found = entries_where([&](const Entry& entry) { return entry.key_size == wanted.size() && equal_ignoring_case(key(entry), wanted); });
    return found.empty() ? nullptr : found.front();
}

void Editor::append(std::string_view key, std::string_view value, const Annotation& annotation)
{
    if (annotation != Annotation()) {
        appended_.push_back(to_line(annotation));
    }
    appended_.push_back(std::string(key) + ' ' + std::string(value));
}

namespace {

// The physical lines of an entry: its range scanned again, which leaves out comments and blank lines inside it.
std::vector<PhysicalLine> lines_of(const Document& document, const Entry& entry)
{
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

} // namespace

void Editor::erase(const Entry& entry)
{
    if (const auto above = document_.annotation_line(entry)) {
        changes_.push_back({above->begin, above->next - above->begin, {}});
    }
    for (const PhysicalLine& line : lines_of(document_, entry)) {
        changes_.push_back({line.begin, line.next - line.begin, {}});
    }
}

void Editor::set_value(const Entry& entry, std::string_view value)
{
    if (!entry.folded) {
        changes_.push_back({entry.value_begin, entry.value_size, std::string(value)});
        return;
    }
    const auto lines = lines_of(document_, entry);
    const PhysicalLine& first = lines.front();
    const bool carriage_return = first.end > first.begin && document_.text()[first.end - 1] == '\r';
    const std::string text = std::string(document_.key(entry)) + ' ' + std::string(value);
    changes_.push_back({first.begin, first.end - (carriage_return ? 1 : 0) - first.begin, text});
    for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
        changes_.push_back({line->begin, line->next - line->begin, {}});
    }
}

// In the place of the old one, or in a line of its own. A comment above the first line of an entry is no part of any entry.
void Editor::set_annotation(const Entry& entry, const Annotation& annotation)
{
    const auto above = document_.annotation_line(entry);
    const std::size_t begin = above ? above->begin : entry.begin;
    changes_.push_back({begin, entry.begin - begin, to_line(annotation) + std::string(newline())});
}

std::string_view Editor::newline() const noexcept
{
    const std::string_view text = document_.text();
    const std::size_t last = text.rfind('\n');
    return last != std::string::npos && last > 0 && text[last - 1] == '\r' ? "\r\n" : "\n";
}

// The end of the text keeps its kind: with a last newline or without one.
void Editor::splice_end(std::vector<Splice>& splices) const
{
    const std::string_view text = document_.text();
    const bool ends_with_newline = text.empty() || text.back() == '\n';
    const auto is_erasure_up_to = [](const Splice& splice, std::size_t end) {
        return splice.replacement.empty() && splice.offset + splice.size == end;
    };
    std::size_t kept = text.size(); // what stays before the erasures at the end, if any
    for (auto splice = splices.rbegin(); splice != splices.rend() && is_erasure_up_to(*splice, kept); ++splice) {
        kept = splice->offset;
    }
    if (appended_.empty()) {
        if (!ends_with_newline && kept < text.size() && kept > 0) {
            const std::size_t size = kept > 1 && text[kept - 2] == '\r' ? 2 : 1;
            const auto behind = std::find_if(splices.begin(), splices.end(), [&](const Splice& s) { return s.offset >= kept; });
            splices.insert(behind, {kept - size, size, {}});
        }
        return;
    }
    std::string lines;
    for (const std::string& line : appended_) {
        lines += lines.empty() ? "" : newline();
        lines += line;
    }
    if (ends_with_newline) {
        lines += newline();
    } else if (kept == text.size()) {
        lines.insert(0, newline());
    }
    splices.push_back({text.size(), 0, std::move(lines)});
}

std::vector<Splice> Editor::splices() const
{
    std::vector<Splice> result = changes_;
    std::stable_sort(result.begin(), result.end(), [](const Splice& a, const Splice& b) { return a.offset < b.offset; });
    splice_end(result);
    return result;
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
        return static_cast<std::size_t>(std::count(new_text.begin() + static_cast<std::ptrdiff_t>(begin), new_text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    };
    std::size_t line = 1;
    std::size_t position = 0; // in the new text, where `line` is counted up to
    std::size_t inserted = 0;
    std::size_t erased = 0;
    for (const Splice& splice : splices) {
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
        ranges.push_back({first, line});
    }
    return ranges;
}

} // namespace relayctl
