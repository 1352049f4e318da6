// One entry with its annotation, without the document that it comes from.
#pragma once

#include "core/table/document.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace relayctl {

// What people and programs are shown of an entry.
struct EntryView {
    std::string fingerprint; // as it is written in the source
    std::string host;
    std::uint32_t line = 0; // in the source; 0 if it is not there yet, or is a row of a database
    Annotation annotation;
};

// Returns a copy of the entry that does not need the document any more.
EntryView view_of(const Document& document, const Entry& entry);

// Returns "AA:BB:... zen.suse.co.uk", escaped for a terminal.
std::string described(const EntryView& entry);

// Says where entries are: "lines 3, 7". Rows of a database have no lines, so their keys are named.
// Only the first ten entries are.
std::string places_of(const Document& document, const std::vector<const Entry*>& entries);

// Returns " (line 3)" for the end of a sentence that has the fingerprint already, or an empty text
// for a row.
std::string line_in_words(const Entry& entry);

} // namespace relayctl
