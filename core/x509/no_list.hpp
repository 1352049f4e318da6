// Files that are given for a list of clients or of files by mistake, and hold a certificate or a
// key. Each line of a list may be quoted in a message, which goes to a terminal or into a mail, so
// such a file has to be known before any of its lines is looked at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Returns "a private key" for a text that holds one; also "a certificate", "a certificate and a
// private key", "PEM", and so on. Empty where the text is nothing of that kind.
std::string held_in_words(std::string_view text);

// Throws ErrorKind::input where the text holds a PEM block of whatever kind, or a certificate,
// request or key in another form. The message and its hint have nothing of the content. path: as
// the user gave it, "-" for standard input. words: of the command that takes the file of a
// certificate; "FILE" in them stands for the path.
void require_no_certificate_file(
    std::string_view text, const std::string& path, const std::vector<std::string>& words);

// Throws ErrorKind::input where the text has control characters in it that no list has.
void require_plain_text(std::string_view text, const std::string& path);

} // namespace relayctl
