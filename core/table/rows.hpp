// The rows of a database as a document: a line for each, the annotation above it, so that whoever
// works on a source works on them too.
#pragma once

#include "core/table/document.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

class RowsBuilder {
public:
    // key and value: any bytes. What a line of a table could not hold is escaped in the text, and
    // as it is in Document::key() and value(). is_found: whether Postfix's query finds it.
    void add(std::string_view key, std::string_view value, const Annotation& annotation,
        bool is_found = true);

    std::size_t count() const noexcept { return entries_.size(); }
    // others: see Document::entries_in_table().
    Document build(std::size_t others = 0);

private:
    std::string text_;
    std::string joined_;
    std::vector<Entry> entries_;
};

} // namespace relayctl
