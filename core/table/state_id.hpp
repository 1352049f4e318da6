// One short text by which two servers see whether their tables say the same.
#pragma once

#include "core/table/document.hpp"

#include <string>

namespace relayctl {

// Sixteen hexadecimal digits: the beginning of the sha256 of what Postfix finds in the table, sorted, a line "key value" for
// each key, in lower case. Order, comments, annotations, spacing, and the type of the table do not count.
std::string state_id(const Document& document);

} // namespace relayctl
