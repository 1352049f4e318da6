// DER in a text without PEM: base64 in a mail, in LDIF, JSON or XML, and hexadecimal digits as
// databases show bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Returns what may be objects of DER, in their order. Each begins an ASN.1 SEQUENCE that is
// as long as it says. Base64 may stand on several lines, which white space or the escapes of JSON
// divide; it need not fill them.
std::vector<std::string> embedded_der(std::string_view text);

} // namespace relayctl
