// Writes splices of a text as a unified diff, which patch(1) can apply.
#pragma once

#include "core/table/editor.hpp"

#include <span>
#include <string>
#include <string_view>

namespace relayctl {

// splices: sorted and not overlapping. The diff has three lines of context, and is empty if there
// are no splices. old_name, new_name: of the files, for its first two lines.
std::string unified_diff(std::string_view text, std::span<const Splice> splices,
    const std::string& old_name, const std::string& new_name);

} // namespace relayctl
