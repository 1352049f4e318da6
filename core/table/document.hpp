// A source as a document: the text as it was read, and where its entries are. Nothing is
// normalised; table/editor.hpp changes it. The rows of a database are read as a document, too
// (table/rows.hpp).
#pragma once

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
    std::uint32_t begin = 0; // of its first physical line, bytes from the start of the text
    std::uint32_t end = 0; // behind the newline of its last one
    std::uint32_t line
        = 0; // number of its first physical line, from 1; 0 = it is a row of a database
    std::uint32_t key_begin = 0; // in the text, or in the joined lines where folded
    std::uint32_t value_begin = 0;
    std::uint32_t value_size = 0;
    std::uint32_t key_size : 30 = 0;
    std::uint32_t folded : 1 = 0;
    std::uint32_t never_found : 1
        = 0; // of a database: its query finds no key that is stored like this one
};

// The annotation of an entry, and where it stands: the whole line directly above it.
struct AnnotationLine {
    std::size_t begin = 0;
    std::size_t next = 0; // behind its newline, where the entry begins
    Annotation annotation;
};

class Document {
public:
    // text: of the source, at most max_table_bytes; or a part of it (table/source_reader.hpp) that
    // has lines_before in front of it.
    explicit Document(std::string text, std::uint32_t lines_before = 0);
    // The same for a text that others read as well.
    explicit Document(std::shared_ptr<const std::string> text, std::uint32_t lines_before = 0);
    // Rows of a database (table/rows.hpp). text: their keys and values. annotations: one for each
    // entry, nullptr = none. others: entries that the table has besides.
    Document(std::string text, std::vector<Entry> entries,
        std::vector<std::shared_ptr<const Annotation>> annotations, std::size_t others);

    std::string_view text() const noexcept { return *text_; }
    std::span<const Entry> entries() const noexcept { return entries_; }
    // Logical lines that postmap drops with a warning.
    std::size_t dropped_lines() const noexcept { return dropped_lines_; }
    // Of the whole table, where this document has only some of its entries, as far as they were
    // counted.
    std::size_t entries_in_table() const noexcept { return entries_.size() + others_; }

    // The entries for which the predicate holds, in order; it is asked on several processors at a
    // time.
    template <typename Predicate> std::vector<const Entry*> entries_where(Predicate predicate) const
    {
        std::vector<const Entry*> found;
        for (const std::size_t number :
            numbers_where(entries_.size(), [&](std::size_t i) { return predicate(entries_[i]); })) {
            found.push_back(&entries_[number]);
        }
        return found;
    }

    // As written; the views hold as long as the document.
    std::string_view key(const Entry& entry) const noexcept
    {
        return part(entry, entry.key_begin, entry.key_size);
    }
    std::string_view value(const Entry& entry) const noexcept
    {
        return part(entry, entry.value_begin, entry.value_size);
    }

    // The fingerprint an entry means, in whatever spelling; no value if it is none. Only entries
    // whose key is written as smtpd asks (Fingerprint::from_key) ever match.
    std::optional<Fingerprint> meant_fingerprint(const Entry& entry) const noexcept;

    // The comment in the line directly above the entry; empty where another line is there. It holds
    // as long as the document.
    std::string_view comment_above(const Entry& entry) const noexcept;

    // What the line directly above says of this entry; no value where that is no annotation, or one
    // for another fingerprint.
    std::optional<AnnotationLine> annotation_line(const Entry& entry) const;
    Annotation annotation(const Entry& entry) const; // empty where there is none
    // Returns false if the entry certainly has no annotation; quick.
    bool may_be_annotated(const Entry& entry) const noexcept
    {
        return is_of_rows() ? annotations_[number_of(entry)] != nullptr
                            : !comment_above(entry).empty();
    }
    // has_unknown_expiry() of its annotation; quick where there is none.
    bool has_unknown_expiry(const Entry& entry) const
    {
        return !may_be_annotated(entry) || relayctl::has_unknown_expiry(annotation(entry));
    }
    // Returns true if the entries are rows of a database: there is no text around them then.
    bool is_of_rows() const noexcept { return !annotations_.empty(); }

    // The entry that Postfix finds for this fingerprint: of duplicates, the first.
    const Entry* find(const Fingerprint& fingerprint) const;

private:
    std::size_t number_of(const Entry& entry) const noexcept
    {
        return static_cast<std::size_t>(&entry - entries_.data());
    }
    std::string_view part(
        const Entry& entry, std::uint32_t begin, std::uint32_t size) const noexcept
    {
        return (entry.folded ? std::string_view(joined_) : text()).substr(begin, size);
    }

    std::shared_ptr<const std::string> text_;
    std::string joined_; // the logical lines of folded entries
    std::vector<Entry> entries_;
    std::vector<std::shared_ptr<const Annotation>> annotations_; // of rows, one for each
    std::size_t dropped_lines_ = 0;
    std::size_t others_ = 0;
};

} // namespace relayctl
