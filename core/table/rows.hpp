// The rows of a database as a document, so that whoever works on the entries of a source works on
// them, too.
#pragma once

#include "core/table/document.hpp"
#include "core/table/editor.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Collects rows one by one into a document.
class RowsBuilder {
public:
    // key, value: any bytes. is_found: false if the query of Postfix does not find the row. Errors:
    // ErrorKind::input if the rows are larger than the largest source, max_table_bytes.
    void add(std::string_view key, std::string_view value, const Annotation& annotation,
        bool is_found = true);

    std::size_t count() const noexcept { return entries_.size(); }
    // Gives the document, and begins anew. others: see Document::entries_in_table().
    Document build(std::size_t others = 0);

private:
    std::string text_; // the keys and values one behind the other
    std::vector<Entry> entries_;
    std::vector<std::shared_ptr<const Annotation>> annotations_;
};

// Returns what edits change in the rows as a unified diff, as if the rows stood in a source. name:
// that of the table.
std::string diff_of_rows(
    const Document& rows, std::span<const Edit> edits, const std::string& name);

} // namespace relayctl
