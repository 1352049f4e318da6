// A source as a document: the text as it was read, and where its entries are. Nothing is normalised; edits are splices.
#pragma once

#include "core/base/file_text.hpp"
#include "core/base/parallel.hpp"
#include "core/table/annotation.hpp"
#include "core/x509/fingerprint.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// One entry that postmap would store. Offsets instead of views: a document can be copied and moved.
struct Entry {
    std::uint32_t begin = 0;       // of its first physical line, bytes from the start of the text
    std::uint32_t end = 0;         // behind the newline of its last one
    std::uint32_t line = 0;        // number of its first physical line, from 1
    std::uint32_t key_begin = 0;   // in the text, or in the joined lines where folded
    std::uint32_t value_begin = 0;
    std::uint32_t value_size = 0;
    std::uint32_t key_size : 31 = 0;
    std::uint32_t folded : 1 = 0;
};

// The annotation of an entry, and where it stands: the whole line directly above it.
struct AnnotationLine {
    std::size_t begin = 0;
    std::size_t next = 0; // behind its newline, where the entry begins
    Annotation annotation;
};

// Replaces `size` bytes at `offset` of a text.
struct Splice {
    std::size_t offset = 0;
    std::size_t size = 0;
    std::string replacement;
};

class Document {
public:
    // text: of the source, at most max_table_bytes; or a part of it (table/parts.hpp) that has lines_before in front of it.
    explicit Document(std::string text, std::uint32_t lines_before = 0);
    // The same for a text that others read as well.
    explicit Document(std::shared_ptr<const FileText> text, std::uint32_t lines_before = 0);

    std::string_view text() const noexcept { return text_->view(); }
    std::span<const Entry> entries() const noexcept { return entries_; }
    // Logical lines that postmap drops with a warning.
    std::size_t dropped_lines() const noexcept { return dropped_lines_; }

    // The entries for which the predicate holds, in order; it is asked on several processors at a time.
    template <typename Predicate> std::vector<const Entry*> entries_where(Predicate predicate) const
    {
        std::vector<const Entry*> found;
        for (const std::size_t number : numbers_where(entries_.size(), [&](std::size_t i) { return predicate(entries_[i]); })) {
            found.push_back(&entries_[number]);
        }
        return found;
    }

    // As written; the views hold as long as the document.
    std::string_view key(const Entry& entry) const noexcept { return part(entry, entry.key_begin, entry.key_size); }
    std::string_view value(const Entry& entry) const noexcept { return part(entry, entry.value_begin, entry.value_size); }

    // The fingerprint an entry means, in whatever spelling; no value if it is none. Only entries whose key is written
    // as smtpd asks (Fingerprint::from_key) ever match.
    std::optional<Fingerprint> meant_fingerprint(const Entry& entry) const noexcept;

    // The comment in the line directly above the entry; empty where another line is there. It holds as long as the document.
    std::string_view comment_above(const Entry& entry) const noexcept;

    // What the line directly above says of this entry; no value where that is no annotation, or one for another fingerprint.
    std::optional<AnnotationLine> annotation_line(const Entry& entry) const;
    Annotation annotation(const Entry& entry) const; // empty where there is none

    // The entry that Postfix finds for this fingerprint: of duplicates, the first.
    const Entry* find(const Fingerprint& fingerprint) const;

private:
    std::string_view part(const Entry& entry, std::uint32_t begin, std::uint32_t size) const noexcept
    {
        return (entry.folded ? std::string_view(joined_) : text()).substr(begin, size);
    }

    std::shared_ptr<const FileText> text_;
    std::string joined_; // the logical lines of folded entries
    std::vector<Entry> entries_;
    std::size_t dropped_lines_ = 0;
};

// Collects changes to one document and gives them as splices. What they do not touch stays byte for byte: comments inside
// a folded entry, the kind of line end, a missing last newline.
class Editor {
public:
    explicit Editor(const Document& document) noexcept : document_(document) {}

    void append(std::string_view key, std::string_view value, const Annotation& annotation = {});
    void erase(const Entry& entry); // and its annotation
    void set_value(const Entry& entry, std::string_view value);
    void set_annotation(const Entry& entry, const Annotation& annotation);

    // Sorted by offset, not overlapping; empty if nothing is to change.
    std::vector<Splice> splices() const;

private:
    std::string_view newline() const noexcept;
    void splice_end(std::vector<Splice>& splices) const;

    const Document& document_;
    std::vector<Splice> changes_;
    std::vector<std::string> appended_; // lines without newline
};

std::string apply_splices(std::string_view text, std::span<const Splice> splices);

// The same text as pieces, one behind the other; they hold as long as text and splices.
std::vector<std::string_view> spliced_pieces(std::string_view text, std::span<const Splice> splices);

// The lines of the new text, numbered from 1, that have something of a replacement; sorted. first and last belong to it.
struct LineRange {
    std::size_t first = 0;
    std::size_t last = 0;
};
std::vector<LineRange> written_lines(std::string_view new_text, std::span<const Splice> splices);

} // namespace relayctl
