// Checks what may stand as the value of an entry: a host, or any other label.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

// Returns why the text is neither a host name (RFC 1123 section 2.1, which includes IDNA A-labels)
// nor an IPv4 or IPv6 address, with the column of the first bad character. Has no value if it is
// one.
std::optional<std::string> problem_with_host(std::string_view host);

// Returns, likewise, why postmap would not keep the text as it is: it must be UTF-8, not empty, and
// have no control characters and no blank at either end.
std::optional<std::string> problem_with_label(std::string_view label);

} // namespace relayctl
