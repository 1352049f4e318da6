// What may stand as the value of an entry.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

// A host name (RFC 1123 section 2.1, thus also IDNA A-labels) or an IPv4 or IPv6 address. No value
// where it is one; else the reason it is not, with the column of the first bad character.
std::optional<std::string> problem_with_host(std::string_view host);

// Any text that survives postmap as it is: not empty, UTF-8, no control character, no blank at
// either end. As above.
std::optional<std::string> problem_with_label(std::string_view label);

} // namespace relayctl
