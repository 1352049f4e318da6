// The pages of --help: 80 columns, options by group, each text beside its option.
#pragma once

#include "app/cli/cli11.hpp"

#include <string>

namespace relayctl {

// The groups of options and commands, as they are headed in a page.
namespace help_group {
inline constexpr const char* output = "Output";
inline constexpr const char* table = "Which table";
inline constexpr const char* change = "How it is changed";
inline constexpr const char* clients = "Clients";
inline constexpr const char* whole_table = "The table as a whole";
inline constexpr const char* questions = "Questions";
inline constexpr const char* hidden = ""; // CLI11 hides this group as well
} // namespace help_group

// Returns the help of the program or of one of its commands; it ends in a newline. The usage line
// shows an operand by its type name if it has one, else by its name.
std::string help_of(const CLI::App& app);

// Returns the help of the program and of all its commands.
std::string help_of_all(const CLI::App& app);

} // namespace relayctl
