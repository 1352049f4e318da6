// Keeps passwords of databases out of messages. A connection string of libpq can have a password in
// many places ("Connection Strings" in the manual of libpq): as user:password@ in a URI, as the
// parameters password and sslpassword, with each letter written as %xx, or as "password = 'a b'".
// So of a URI only those parts are shown that can be nothing else. This does not ask libpq, which
// may not be installed.
#pragma once

#include <string>
#include <string_view>

namespace relayctl {

// Returns true if the value of this parameter is a password: Postfix reads it as pgname_password,
// where "pgsql:pgname" names a database without a file of its own (dict_pgsql.c).
bool is_password(std::string_view parameter) noexcept;

// Returns true if libpq takes this dbname for a connection string: a URI, or "name = value" words.
bool is_connection_string(std::string_view dbname) noexcept;

// Returns true if a connection string has a password in it.
bool has_password_in(std::string_view connection_string);

// Returns the scheme, hosts, ports and database of a URI: "postgresql://db.example:5432/relay".
// Returns "postgresql://..." if it is not certain which part is the host.
std::string printable_uri(std::string_view uri);

// Returns a word of the parameter `hosts` that is no URI, or "..." if it may be part of a URI that
// a comma or blank has split.
std::string printable_host(std::string_view word);

// Returns a message of another program with each database URI shortened as printable_uri() does,
// and with the value left out after each "password =".
std::string without_passwords(std::string_view message);

} // namespace relayctl
