// A text is cut into stretches, each of which begins with a logical line, and they are read in
// parallel: reading a table of a million entries is what every command waits for. An entry has
// offsets into the text. Only entries that are folded over several lines need a copy, in which the
// lines are joined.
#include "core/table/document.hpp"

#include "core/base/huge_pages.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/table/scanner.hpp"

#include <algorithm>
#include <cstring>

namespace relayctl {

Document::Document(std::string text, std::uint32_t lines_before)
    : Document(std::make_shared<const std::string>(std::move(text)), lines_before)
{
}

Document::Document(std::string text, std::vector<Entry> entries,
    std::vector<std::shared_ptr<const Annotation>> annotations, std::size_t others)
    : text_(std::make_shared<const std::string>(std::move(text)))
    , entries_(std::move(entries))
    , annotations_(std::move(annotations))
    , others_(others)
{
}

namespace {

// What one stretch of the text holds.
struct Stretch {
    std::vector<Entry> entries;
    std::string joined;
    std::size_t dropped_lines = 0;
    std::uint32_t lines = 0; // physical lines
};

// Returns the entry of a logical line. base: the offset of the line's text in the document's text
// or, if it is folded, in the joined lines.
Entry entry_of(const LogicalLine& line, const std::vector<PhysicalLine>& pieces, std::size_t base)
{
    const auto at = [&](std::string_view view) {
        return static_cast<std::uint32_t>(
            base + static_cast<std::size_t>(view.data() - line.text.data()));
    };
    Entry entry;
    entry.begin = static_cast<std::uint32_t>(pieces.front().begin);
    entry.end = static_cast<std::uint32_t>(pieces.back().next);
    entry.line = pieces.front().number;
    entry.folded = line.folded;
    entry.key_begin = at(line.key);
    // The size shares a word with flags, and a text is not larger than 2 GiB.
    entry.key_size = static_cast<std::uint32_t>(line.key.size()) & 0x3fffffffU;
    entry.value_begin = at(line.value);
    entry.value_size = static_cast<std::uint32_t>(line.value.size());
    return entry;
}

// Reads the entries between two places where logical lines begin.
Stretch read_stretch(
    std::string_view text, std::size_t begin, std::size_t end, std::uint32_t lines_before = 0)
{
    // A line with a sha256 fingerprint and a short host has about this many bytes.
    constexpr std::size_t usual_line = 110;
    Stretch stretch;
    reserve_large(stretch.entries, (end - begin) / usual_line);
    LineScanner scanner(text.substr(0, end), begin, lines_before);
    LogicalLine line;
    while (scanner.next(line)) {
        if (line.problem != LineProblem::none) {
            ++stretch.dropped_lines;
            continue;
        }
        stretch.entries.push_back(entry_of(line, scanner.pieces(),
            line.folded ? stretch.joined.size() : scanner.pieces().front().begin));
        if (line.folded) {
            stretch.joined += line.text;
        }
    }
    stretch.lines = scanner.lines();
    return stretch;
}

// How much stands in front of a stretch.
struct Offset {
    std::size_t entries;
    std::uint32_t joined; // bytes
    std::uint32_t lines;
};

// Turns an entry of a stretch into one of the document.
Entry placed(Entry entry, const Offset& offset)
{
    entry.line += offset.lines;
    if (entry.folded) {
        entry.key_begin += offset.joined;
        entry.value_begin += offset.joined;
    }
    return entry;
}

} // namespace

Document::Document(std::shared_ptr<const std::string> text, std::uint32_t lines_before)
    : text_(std::move(text))
{
    // The stretches are read in parallel, then put behind each other in the order of the text.
    const std::vector<std::size_t> begins = sections_of(this->text());
    if (begins.size() == 2) { // a small text is one stretch, which nothing has to be put behind
        Stretch all = read_stretch(this->text(), 0, begins.back(), lines_before);
        entries_ = std::move(all.entries);
        joined_ = std::move(all.joined);
        dropped_lines_ = all.dropped_lines;
        return;
    }
    std::vector<Stretch> stretches(begins.size() - 1);
    in_parallel(
        stretches.size(),
        [&](std::size_t i) { stretches[i] = read_stretch(this->text(), begins[i], begins[i + 1]); },
        1);
    std::vector<Offset> places;
    Offset next{ 0, 0, lines_before };
    for (const Stretch& stretch : stretches) {
        places.push_back(next);
        next.entries += stretch.entries.size();
        next.joined += static_cast<std::uint32_t>(stretch.joined.size());
        next.lines += stretch.lines;
        joined_ += stretch.joined;
        dropped_lines_ += stretch.dropped_lines;
    }
    reserve_large(entries_, next.entries);
    entries_.resize(next.entries);
    in_parallel(
        stretches.size(),
        [&](std::size_t i) {
            std::transform(stretches[i].entries.begin(), stretches[i].entries.end(),
                entries_.begin() + static_cast<std::ptrdiff_t>(places[i].entries),
                [&](const Entry& entry) { return placed(entry, places[i]); });
            // Frees the memory of the stretch as soon as its entries are copied.
            stretches[i] = Stretch();
        },
        1);
}

std::optional<Fingerprint> Document::meant_fingerprint(const Entry& entry) const noexcept
{
    return Fingerprint::from_written(key(entry));
}

std::string_view Document::comment_above(const Entry& entry) const noexcept
{
    // A row has its annotation in its columns.
    if (entry.begin == 0 || is_of_rows()) {
        return {};
    }
    const std::string_view before = text().substr(0, entry.begin - 1); // without its newline
    const auto* newline = static_cast<const char*>(::memrchr(before.data(), '\n', before.size()));
    const std::string_view line = newline == nullptr
        ? before
        : before.substr(static_cast<std::size_t>(newline - before.data()) + 1);
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
    // A line for another fingerprint belongs to an entry that was replaced by hand.
    if (!annotation->for_fingerprint.empty()) {
        const auto fingerprint = meant_fingerprint(entry);
        if (!fingerprint || !is_for(*annotation, *fingerprint)) {
            return std::nullopt;
        }
    }
    return AnnotationLine{ static_cast<std::size_t>(comment.data() - text().data()), entry.begin,
        std::move(*annotation) };
}

Annotation Document::annotation(const Entry& entry) const
{
    if (is_of_rows()) {
        const auto& annotation = annotations_[number_of(entry)];
        return annotation ? *annotation : Annotation();
    }
    auto line = annotation_line(entry);
    return line ? std::move(line->annotation) : Annotation();
}

const Entry* Document::find(const Fingerprint& fingerprint) const
{
    // Keys are compared as text: making a fingerprint of each would take longer.
    const std::string wanted = fingerprint.to_string();
    // Every entry is compared, by several threads. Whoever searches often takes EntryIndex.
    const auto found = entries_where([&](const Entry& entry) {
        return entry.key_size == wanted.size() && !entry.is_never_found
            && equal_ignoring_case(key(entry), wanted);
    });
    return found.empty() ? nullptr : found.front();
}

} // namespace relayctl
