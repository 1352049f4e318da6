// The rows of a database as a text that somebody edits, and what was edited in it as edits of the
// rows.
#pragma once

#include "core/postfix/table_name.hpp"
#include "core/table/editor.hpp"
#include "core/table/text_change.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace relayctl {

// Returns a source with a line for each row, by host, with the annotation above it. Rows that such
// a line cannot have, or that Postfix never finds, are left out and counted in a comment.
std::string text_of_rows(const Document& rows, const TableName& table);

// Collects edits of rows. The document must outlive it.
class RowEdits {
public:
    explicit RowEdits(const Document& rows);

    // change: of the text. Errors: ErrorKind::refused if no row has what was changed.
    void add(const EntryChange& change);

    std::vector<Edit> take() noexcept { return editor_.take(); }
    // The numbers of rows that come and go.
    std::size_t added() const noexcept { return added_; }
    std::size_t removed() const noexcept { return removed_; }

private:
    const Entry& row_of(const EntryView& entry);

    Editor editor_;
    // By key and host; the rows that were not taken yet.
    std::multimap<std::pair<std::string, std::string>, const Entry*> rows_;
    std::size_t added_ = 0;
    std::size_t removed_ = 0;
};

} // namespace relayctl
