// Parses what postconf and postmap print. Any text is accepted; nothing here throws anything but
// std::bad_alloc.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Parses the "name = value" lines of postconf without -h, and ignores other lines.
std::map<std::string, std::string> parse_parameters(std::string_view out);

// Returns the lines of a Postfix command's standard error without the leading "postmap: ". Leaves
// out empty lines.
std::vector<std::string> parse_messages(std::string_view err);

// Returns true if the message says only which type a table is opened as: that hash: or btree: is
// redirected (nbdb_redirect.c, Postfix 3.11), or that Berkeley DB is going away (Debian's 3.11).
bool is_about_type(std::string_view message) noexcept;

// Returns true if the message is the one that ended the command: "fatal: ..." or "panic: ...".
bool is_fatal(std::string_view message) noexcept;

} // namespace relayctl
