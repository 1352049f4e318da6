// A table as a document: the text as it was read, and where its entries are. Nothing is normalised;
// core/table/editor.hpp changes it. The rows of a database become a document, too
// (core/table/rows.hpp).
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

// One entry that postmap would store. It has offsets and no views, so that a document can be copied
// and moved.
struct Entry {
    std::uint32_t begin = 0; // where its first physical line begins, in bytes of the text
    std::uint32_t end = 0; // behind the newline of its last physical line
    std::uint32_t line
        = 0; // the number of its first physical line, from 1; 0 for a row of a database
    std::uint32_t key_begin = 0; // in the text or, if it is folded, in the joined lines
    std::uint32_t value_begin = 0; // likewise
    std::uint32_t value_size = 0;
    std::uint32_t key_size : 30 = 0;
    std::uint32_t folded : 1 = 0;
    // Of a row: Postfix's query finds no key that is stored like this one.
    std::uint32_t is_never_found : 1 = 0;
};

// The annotation of an entry and its place: the line directly above the entry.
struct AnnotationLine {
    std::size_t begin = 0;
    std::size_t next = 0; // behind its newline, where the entry begins
    Annotation annotation;
};

// It never changes. Copies share the text.
class Document {
public:
    // text: a source of at most max_table_bytes, or a part of one that has `lines_before` lines in
    // front of it.
    explicit Document(std::string text, std::uint32_t lines_before = 0);
    // Does the same for a text that is shared.
    explicit Document(std::shared_ptr<const std::string> text, std::uint32_t lines_before = 0);
    // Takes rows of a database (table/rows.hpp). text: their keys and values. annotations: one for
    // each entry, nullptr = none. others: the number of entries that the table has besides.
    Document(std::string text, std::vector<Entry> entries,
        std::vector<std::shared_ptr<const Annotation>> annotations, std::size_t others);

    std::string_view text() const noexcept { return *text_; }
    std::span<const Entry> entries() const noexcept { return entries_; }
    // The number of logical lines that postmap drops with a warning.
    std::size_t dropped_lines() const noexcept { return dropped_lines_; }
    // The number of entries of the table, of which this document may have only some; it is right
    // only if they were counted (Scope::counts_all).
    std::size_t entries_in_table() const noexcept { return entries_.size() + others_; }

    // Returns the entries for which the predicate returns true, in order. Several threads call it
    // at once.
    template <typename Predicate> std::vector<const Entry*> entries_where(Predicate predicate) const
    {
        std::vector<const Entry*> found;
        for (const std::size_t number :
            numbers_where(entries_.size(), [&](std::size_t i) { return predicate(entries_[i]); })) {
            found.push_back(&entries_[number]);
        }
        return found;
    }

    // Key and value as they are written. The views hold as long as the document does.
    std::string_view key(const Entry& entry) const noexcept
    {
        return text_of(entry, entry.key_begin, entry.key_size);
    }
    std::string_view value(const Entry& entry) const noexcept
    {
        return text_of(entry, entry.value_begin, entry.value_size);
    }

    // Returns the fingerprint that an entry means, in whatever spelling. Has no value if its key is
    // none. smtpd only ever finds entries whose key is written as it asks (Fingerprint::from_key).
    std::optional<Fingerprint> meant_fingerprint(const Entry& entry) const noexcept;

    // Returns the comment in the line directly above the entry, or an empty text if that line is no
    // comment. The view holds as long as the document does.
    std::string_view comment_above(const Entry& entry) const noexcept;

    // Returns the annotation above the entry. Has no value if the line is no annotation, or one for
    // another fingerprint.
    std::optional<AnnotationLine> annotation_line(const Entry& entry) const;
    Annotation annotation(const Entry& entry) const; // empty if there is none
    // Returns false if the entry certainly has no annotation; quick.
    bool may_be_annotated(const Entry& entry) const noexcept
    {
        return is_of_rows() ? annotations_[number_of(entry)] != nullptr
                            : !comment_above(entry).empty();
    }
    // Returns has_unknown_expiry() of its annotation, quickly if there is none.
    bool has_unknown_expiry(const Entry& entry) const
    {
        return !may_be_annotated(entry) || relayctl::has_unknown_expiry(annotation(entry));
    }
    // Returns true if the entries are rows of a database: there is no text around them then.
    bool is_of_rows() const noexcept { return !annotations_.empty(); }

    // Returns the entry that Postfix finds for this fingerprint, the first of duplicates, or
    // nullptr.
    const Entry* find(const Fingerprint& fingerprint) const;

private:
    std::size_t number_of(const Entry& entry) const noexcept
    {
        return static_cast<std::size_t>(&entry - entries_.data());
    }
    std::string_view text_of(
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
