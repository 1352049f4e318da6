// An entry by itself, as outputs show it, without its document.
#pragma once

#include "core/table/document.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace relayctl {

struct EntryView {
    std::string fingerprint; // as it is written in the source
    std::string host;
    std::uint32_t line = 0; // in the source; 0 = not there yet, or a row of a database
    Annotation annotation;
};

EntryView view_of(const Document& document, const Entry& entry);

// "AA:BB:... zen.suse.co.uk", escaped for a terminal.
std::string described(const EntryView& entry);

// Says where entries are: "lines 3, 7", or of rows their fingerprints. Only the first ten of them.
std::string places_of(const Document& document, const std::vector<const Entry*>& entries);

// " (line 3)", to follow a sentence that has the fingerprint already; empty for a row.
std::string line_in_words(const Entry& entry);

} // namespace relayctl
