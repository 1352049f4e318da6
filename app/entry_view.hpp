// An entry as the outputs show it. Values that nobody knows are empty, and null in JSON.
#pragma once

#include "core/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace relayctl {

struct EntryView {
    std::string fingerprint; // as it is written in the source
    std::string host;
    std::uint32_t line = 0;  // in the source; 0 = unknown
    std::string kind;        // "cert" or "key"
    std::string subject;
    std::optional<Time> not_after;
    std::optional<Time> added;
    std::optional<Time> retire_after;
    std::string note;
};

} // namespace relayctl
