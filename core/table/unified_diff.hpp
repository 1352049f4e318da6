// A unified diff of a text and its splices, as `patch` takes it.
#pragma once

#include "core/table/editor.hpp"

#include <span>
#include <string>
#include <string_view>

namespace relayctl {

// splices: sorted, not overlapping. Three lines of context. Empty where there are no splices.
std::string unified_diff(std::string_view text, std::span<const Splice> splices,
    const std::string& old_name, const std::string& new_name);

} // namespace relayctl
