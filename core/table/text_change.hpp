// What a change does to a text, as lines that go and lines that come: exact to the byte, so that it
// can be taken back, and whole, so that the entries can be read from it.
#pragma once

#include "core/table/editor.hpp"
#include "core/table/entry_view.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// One place of a text that changes: whole logical lines, with the annotation above them.
struct TextChange {
    std::size_t offset = 0; // in bytes of the text before all changes
    std::size_t line = 0; // the number of the first line there, from 1
    std::string before;
    std::string after;

    friend bool operator==(const TextChange&, const TextChange&) = default;
};

// An entry before and after a change; no value where it was not there.
struct EntryChange {
    std::optional<EntryView> before;
    std::optional<EntryView> after;
};

// Returns the splices as changes of whole lines, in order and apart from each other. splices:
// sorted and not overlapping.
std::vector<TextChange> text_changes(std::string_view text, std::span<const Splice> splices);

// Returns true if the text has this size, and at each place what was there before the changes.
bool is_before(std::string_view text, std::size_t size, std::span<const TextChange> changes);
// Returns true if it has the size that they give, and at each place what they put there.
bool is_after(std::string_view text, std::size_t size, std::span<const TextChange> changes);

// Returns the text with the changes made. text: one for which is_before() returns true.
std::string text_after(std::string_view text, std::span<const TextChange> changes);

// Returns the changes that take these back.
std::vector<TextChange> reversed(std::span<const TextChange> changes);

// Returns what the changes do to the entries; what stays as it is is left out. Entries of one key
// are taken in their order, so a renamed one is one change.
std::vector<EntryChange> entry_changes(std::span<const TextChange> changes);

// Returns true if key, host and annotation are the same.
bool is_same_entry(const EntryView& one, const EntryView& other);

// Leaves out the lines at both ends that stay as they are.
TextChange trimmed(const TextChange& change);

// A part of a text.
struct TextSpan {
    std::size_t begin = 0;
    std::size_t end = 0;
};

// Returns where a part of the text lies once the changes have been made. What they do at its edges
// is not part of it; what they do across an edge is.
TextSpan moved_by(std::span<const TextChange> changes, TextSpan span);

} // namespace relayctl
