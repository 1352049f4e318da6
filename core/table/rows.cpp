// The builder puts all keys and values into one string, with entries that point into it: so rows
// are stored as a source is, and the same code reads both.
#include "core/table/rows.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/sort.hpp"
#include "core/base/text.hpp"
#include "core/table/unified_diff.hpp"

#include <algorithm>

namespace relayctl {

void RowsBuilder::add(
    std::string_view key, std::string_view value, const Annotation& annotation, bool is_found)
{
    Entry entry;
    entry.is_never_found = is_found ? 0 : 1;
    entry.key_begin = static_cast<std::uint32_t>(text_.size());
    // The size has 30 bits of a word whose other bits are flags.
    entry.key_size = static_cast<std::uint32_t>(key.size()) & 0x3fffffffU;
    text_ += key;
    entry.value_begin = static_cast<std::uint32_t>(text_.size());
    entry.value_size = static_cast<std::uint32_t>(value.size());
    text_ += value;
    entries_.push_back(entry);
    annotations_.push_back(
        annotation == Annotation() ? nullptr : std::make_shared<const Annotation>(annotation));
    if (text_.size() > max_table_bytes) {
        throw Error(ErrorKind::input,
            "the rows are more than " + std::to_string(max_table_bytes >> 20) + " MiB of text");
    }
}

Document RowsBuilder::build(std::size_t others)
{
    Document document(std::move(text_), std::move(entries_), std::move(annotations_), others);
    *this = RowsBuilder();
    return document;
}

namespace {

// A row as lines of a source: where they begin, and how long each is.
struct RowLines {
    std::size_t begin;
    std::size_t annotation; // size of the line above, 0 = none
    std::size_t key; // size with the blank behind it
    std::size_t value;
};

// Returns the annotation as a line of a source; empty if there is none.
std::string annotation_line(const Annotation& annotation)
{
    return annotation == Annotation() ? "" : to_line(annotation) + '\n';
}

// Returns the splice that makes this edit in the lines of a row.
Splice splice_of(const Edit& edit, const RowLines& row)
{
    const std::size_t key_at = row.begin + row.annotation;
    switch (edit.kind) {
    case Edit::Kind::erase:
        return { row.begin, row.annotation + row.key + row.value + 1, "" };
    case Edit::Kind::set_value:
        return { key_at + row.key, row.value, escape(edit.value) };
    default:
        return { row.begin, row.annotation, annotation_line(*edit.annotation) };
    }
}

} // namespace

std::string diff_of_rows(const Document& rows, std::span<const Edit> edits, const std::string& name)
{
    // The rows are written as lines of a source, and the edits become splices of these.
    // Control characters are escaped, since these lines are only shown.
    std::string text;
    std::vector<RowLines> lines;
    for (const Entry& entry : rows.entries()) {
        const std::string above = annotation_line(rows.annotation(entry));
        const std::string key = escape(rows.key(entry)) + ' ';
        const std::string value = escape(rows.value(entry));
        lines.push_back({ text.size(), above.size(), key.size(), value.size() });
        text += above + key + value + '\n';
    }
    std::vector<Splice> splices;
    std::string appended;
    for (const Edit& edit : edits) {
        if (edit.kind == Edit::Kind::append) {
            appended += annotation_line(edit.annotation ? *edit.annotation : Annotation())
                + escape(edit.key) + ' ' + escape(edit.value) + '\n';
        } else {
            splices.push_back(splice_of(
                edit, lines[static_cast<std::size_t>(edit.entry - rows.entries().data())]));
        }
    }
    sort_stably(splices, [](const Splice& a, const Splice& b) { return a.offset < b.offset; });
    if (!appended.empty()) {
        splices.push_back({ text.size(), 0, std::move(appended) });
    }
    return unified_diff(text, splices, name, name);
}

} // namespace relayctl
