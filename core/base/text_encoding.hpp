// Text files of other systems. Windows writes a byte order mark, and its shell writes UTF-16.
#pragma once

#include <string>
#include <string_view>

namespace relayctl {

// Returns the text without its byte order mark, and in UTF-8 if it is UTF-16 or UTF-32: by its
// mark, or because every other byte of its beginning is NUL. What is no character becomes U+FFFD.
// Other bytes stay as they are.
std::string in_utf8(std::string bytes);

} // namespace relayctl
