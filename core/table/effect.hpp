// Finds out how a change of the text changes what Postfix finds. Only the lines around the splices
// are parsed again.
#pragma once

#include "core/table/editor.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace relayctl {

// A key in lower case, as the map has it, and the value that Postfix finds for it: that of the
// first entry, if there are duplicates.
struct KeyEffect {
    std::string key;
    std::optional<std::string> before; // no value if Postfix finds nothing
    std::optional<std::string> after;
};

// What a change does to the entries.
struct Effect {
    std::size_t entries_before = 0;
    std::size_t entries_after = 0;
    // The keys that were asked for and all keys of the entries around the splices, sorted, each
    // once.
    std::vector<KeyEffect> keys;
};

// Returns what the splices change. splices: sorted and not overlapping. keys: in lower case. Relies
// on the grammar: the text in front of line_before(splice), and from line_behind(splice) on, means
// what it meant before.
Effect effect_of(
    const Document& document, std::span<const Splice> splices, std::span<const std::string> keys);

} // namespace relayctl
