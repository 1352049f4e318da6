// Changes to a document: as edits of its entries, and as splices of its text.
#pragma once

#include "core/table/document.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// One change to the entries of a document, whether the table is a text or a database.
struct Edit {
    enum class Kind : std::uint8_t { append, erase, set_value, set_annotation, text };
    Kind kind;
    const Entry* entry = nullptr; // of the document; nullptr for append
    std::string key; // of append
    std::string value; // of append and set_value
    // Of append and set_annotation; nullptr for an empty one.
    std::shared_ptr<const Annotation> annotation;
    // Of text: bytes of the source that `value` takes the place of, whatever entries they are.
    std::size_t offset = 0;
    std::size_t size = 0;
};

// A replacement for `size` bytes at `offset` of a text.
struct Splice {
    std::size_t offset = 0;
    std::size_t size = 0;
    std::string replacement;
};

// Collects changes to one document, which must outlive it. Their splices leave everything else byte
// for byte as it is: comments inside a folded entry, the kind of line end, a missing last newline.
class Editor {
public:
    // The document must outlive it.
    explicit Editor(const Document& document) noexcept
        : document_(document)
    {
    }

    // Adds an entry behind the last line of the table.
    void append(std::string_view key, std::string_view value, const Annotation& annotation = {});
    void erase(const Entry& entry); // with its annotation
    // Replaces the value and keeps the key as it is written.
    void set_value(const Entry& entry, std::string_view value);
    void set_annotation(const Entry& entry, const Annotation& annotation);

    // Replaces bytes of a source. It goes with no other kind of change, and the caller sees to it
    // that such changes do not overlap.
    void replace_text(std::size_t offset, std::size_t size, std::string text);

    // Returns the changes in the order of the calls, and forgets them. They hold as long as the
    // document does.
    std::vector<Edit> take() noexcept { return std::move(edits_); }

    // Returns the splices of all changes that were not taken yet.
    std::vector<Splice> splices() const;

private:
    const Document& document_;
    std::vector<Edit> edits_;
};

// Returns the splices that make these edits, sorted by offset and not overlapping.
std::vector<Splice> splices_of(const Document& document, std::span<const Edit> edits);

// Returns the new text. splices: sorted and not overlapping.
std::string apply_splices(std::string_view text, std::span<const Splice> splices);

// Returns the new text as pieces, one behind the other. They hold as long as text and splices do.
std::vector<std::string_view> spliced_pieces(
    std::string_view text, std::span<const Splice> splices);

// A range of lines.
struct LineRange {
    std::size_t first = 0; // a number from 1
    std::size_t last = 0; // belongs to the range
};

// Returns the lines of the new text that have something of a replacement in them, in order.
std::vector<LineRange> written_lines(std::string_view new_text, std::span<const Splice> splices);

} // namespace relayctl
