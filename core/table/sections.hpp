// A large text in sections, so that all processors read it at the same time.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace relayctl {

// Returns the offsets at which the sections begin, and last the size of the text. Each section
// begins with a logical line (line_behind()). A text that is too small for a second thread to save
// time is one section.
std::vector<std::size_t> sections_of(std::string_view text);

} // namespace relayctl
