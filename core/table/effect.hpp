// What a change of the text changes of what Postfix finds: read again are only the lines around the
// splices.
#pragma once

#include "core/table/editor.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace relayctl {

// One key in lower case, as the map has it, and what Postfix finds for it: of duplicates, the
// first.
struct KeyEffect {
    std::string key;
    std::optional<std::string> before;
    std::optional<std::string> after;
};

struct Effect {
    std::size_t entries_before = 0;
    std::size_t entries_after = 0;
    std::vector<KeyEffect> keys; // those asked for, and all of the entries around the splices;
                                 // sorted by key, each once
};

// splices: sorted, not overlapping. keys: in lower case. What stands in front of line_before() a
// splice, and from line_behind() it, reads as it did.
Effect effect_of(
    const Document& document, std::span<const Splice> splices, std::span<const std::string> keys);

} // namespace relayctl
