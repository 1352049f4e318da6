// Passwords in what names a database: where they stand, and what may be shown of the rest. A
// connection string of libpq has them in many places (libpq, "Connection Strings"): user:password@
// in an URI, the parameters password and sslpassword, each letter perhaps as %xx; "password = 'a
// b'" in words. So of an URI only what can be nothing else is shown, whether libpq is there to ask
// or not.
#pragma once

#include <string>
#include <string_view>

namespace relayctl {

// Whether libpq takes this dbname for a connection string: an URI, or "name = value" words.
bool is_connection_string(std::string_view dbname) noexcept;

// Whether such a string has a password in it.
bool has_password_in(std::string_view connection_string);

// The scheme, hosts, ports and database: "postgresql://db.example:5432/relay"; "postgresql://..."
// where it cannot be told surely what is a host.
std::string printable_uri(std::string_view uri);

// A word of `hosts` that is no URI; "..." where it may be a part of one that a comma or blank has
// divided.
std::string printable_host(std::string_view word);

// A message of somebody else, with each URI of a database in it as printable_uri() has it, and
// nothing of what follows "password =".
std::string without_passwords(std::string_view message);

} // namespace relayctl
