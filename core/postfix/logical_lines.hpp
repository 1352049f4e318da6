// The logical lines of a configuration file of Postfix: main.cf, master.cf, pgsql_table(5) and the
// like.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relayctl {

// Returns each logical line with the number, from 1, of the physical line where it begins. A line
// that begins with white space continues the one before it. Blank lines, and lines whose first
// character after white space is '#', are left out, also between a line and its continuation.
// Source: readllines() in util/readlline.c.
std::vector<std::pair<std::size_t, std::string>> logical_lines(std::string_view text);

} // namespace relayctl
