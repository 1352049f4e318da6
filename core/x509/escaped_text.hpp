// What programs make of a certificate that they keep in a text of their own: a string of JSON or C,
// a URL, XML, a mail.
#pragma once

#include <string>
#include <string_view>

namespace relayctl {

// Returns the text with characters of ASCII in the place of those that word processors and web
// pages write for them: dashes, of which each becomes "--", quotes and blanks. What nobody sees
// goes.
std::string with_plain_characters(std::string_view text);

// Returns the text with each escape replaced by the ASCII character that it stands for: backslashes
// as in JSON, C and shells, URL encoding, numeric references of XML, quoted-printable, and
// with_plain_characters(). It is meant for PEM and base64, where none of these means anything else.
std::string without_escapes(std::string_view text);

} // namespace relayctl
