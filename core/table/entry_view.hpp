// An entry as the outputs show it. Values that nobody knows are empty, and null in JSON.
#pragma once

#include "core/table/document.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace relayctl {

struct EntryView {
    std::string fingerprint; // as it is written in the source
    std::string host;
    std::uint32_t line = 0; // in the source; 0 = not there yet
    Annotation annotation;
};

EntryView view_of(const Document& document, const Entry& entry);

// "AA:BB:... zen.suse.co.uk", fit for a terminal.
std::string described(const EntryView& entry);

// Where entries are, in words: "lines 3, 7", or what a row is known by, its fingerprint; the first
// ten of them.
std::string places_of(const Document& document, const std::vector<const Entry*>& entries);

// " (line 3)" behind words that have the fingerprint already; nothing of a row.
std::string line_in_words(const Entry& entry);

} // namespace relayctl
