// Changes to a document: what they are, and as splices of its text.
#pragma once

#include "core/table/document.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// One change to the entries of a document, whatever the table is kept in.
struct Edit {
    enum class Kind : std::uint8_t { append, erase, set_value, set_annotation };
    Kind kind;
    const Entry* entry = nullptr; // of the document; none where it is appended
    std::string key; // of what is appended
    std::string value; // of what is appended, or the new one
    std::shared_ptr<const Annotation> annotation; // likewise; none = empty
};

// Replaces `size` bytes at `offset` of a text.
struct Splice {
    std::size_t offset = 0;
    std::size_t size = 0;
    std::string replacement;
};

// Collects changes to one document. As splices, what they do not touch stays byte for byte:
// comments inside a folded entry, the kind of line end, a missing last newline.
class Editor {
public:
    explicit Editor(const Document& document) noexcept
        : document_(document)
    {
    }

    void append(std::string_view key, std::string_view value, const Annotation& annotation = {});
    void erase(const Entry& entry); // and its annotation
    void set_value(const Entry& entry, std::string_view value);
    void set_annotation(const Entry& entry, const Annotation& annotation);

    // In the order in which they were asked for; empty if nothing is to change. They hold as long
    // as the document.
    std::vector<Edit> take() noexcept { return std::move(edits_); }

    std::vector<Splice> splices() const;

private:
    const Document& document_;
    std::vector<Edit> edits_;
};

// Sorted by offset, not overlapping; empty if nothing is to change.
std::vector<Splice> splices_of(const Document& document, std::span<const Edit> edits);

std::string apply_splices(std::string_view text, std::span<const Splice> splices);

// The same text as pieces, one behind the other; they hold as long as text and splices.
std::vector<std::string_view> spliced_pieces(
    std::string_view text, std::span<const Splice> splices);

// The lines of the new text, numbered from 1, that have something of a replacement; sorted. first
// and last belong to it.
struct LineRange {
    std::size_t first = 0;
    std::size_t last = 0;
};
std::vector<LineRange> written_lines(std::string_view new_text, std::span<const Splice> splices);

} // namespace relayctl
