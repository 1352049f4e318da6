// The logical lines of a configuration file of Postfix: main.cf, master.cf, pgsql_table(5) and
// their kind.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relayctl {

// Each logical line with the number, from 1, of the physical line where it begins. A line that
// begins with white space continues the one before. Blank lines and those whose first character
// besides white space is '#' are left out, also between a line and its continuation. Source:
// readllines() in util/readlline.c.
std::vector<std::pair<std::size_t, std::string>> logical_lines(std::string_view text);

} // namespace relayctl
