// An entry as the outputs show it. Values that nobody knows are empty, and null in JSON.
#pragma once

#include "core/table/document.hpp"

#include <cstdint>
#include <string>

namespace relayctl {

struct EntryView {
    std::string fingerprint; // as it is written in the source
    std::string host;
    std::uint32_t line = 0;  // in the source; 0 = not there yet
    Annotation annotation;
};

EntryView view_of(const Document& document, const Entry& entry);

// "AA:BB:... zen.suse.co.uk", fit for a terminal.
std::string described(const EntryView& entry);

} // namespace relayctl
