// Finds out what somebody else has changed in a text.
#pragma once

#include "core/table/editor.hpp"

#include <string_view>
#include <vector>

namespace relayctl {

// Returns splices of whole lines that make the old text the new one, sorted and not overlapping.
// Lines that are in both texts once keep their place where the order allows it (a patience diff),
// so the splices are few and read well; they need not be the shortest ones. Takes time in
// proportion to the texts, times the logarithm of what lies between their equal ends.
std::vector<Splice> line_difference(std::string_view old_text, std::string_view new_text);

} // namespace relayctl
