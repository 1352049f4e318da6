// Parses what postconf and postmap print. Any text is accepted; nothing here throws anything but
// std::bad_alloc.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Parses the "name = value" lines of postconf without -h, and ignores other lines.
std::map<std::string, std::string> parse_parameters(std::string_view out);

// Returns the value of a parameter, "" if it is not among them.
std::string value_of(const std::map<std::string, std::string>& parameters, const std::string& name);

// Returns the lines of a Postfix command's standard error without the leading "postmap: ". Leaves
// out empty lines.
std::vector<std::string> parse_messages(std::string_view err);

// Returns true if the message says only which type a table is opened as: that hash: or btree: is
// redirected (nbdb_redirect.c, Postfix 3.11), or that Berkeley DB is going away (Debian's 3.11).
bool is_about_type(std::string_view message) noexcept;

// Returns true if the message says that this Postfix was built without Berkeley DB
// (global/nbdb_surrogate.c, Postfix 3.11).
bool is_about_missing_berkeley_db(std::string_view message) noexcept;

// Returns true if the message is the one that ended the command: "fatal: ..." or "panic: ...".
bool is_fatal(std::string_view message) noexcept;

// Compares the first two numbers of a mail_version: "3.7.11" is at least 3.7. A number that is
// missing counts as 0.
bool version_is_at_least(std::string_view version, int major, int minor);

// The first version of a release branch that has a mistake mended: 3.7.12.
struct FixedRelease {
    int major;
    int minor;
    int patch;
};

// Returns true if the version has a mistake mended. `branches` is in ascending order; what is older
// than all of them has the mistake, and what is newer has it mended.
bool has_fix(std::string_view version, std::initializer_list<FixedRelease> branches);

} // namespace relayctl
