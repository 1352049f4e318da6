// Options that do not exist, and those that were probably meant by them.
#pragma once

#include "app/cli/cli11.hpp"

#include <string>
#include <vector>

namespace relayctl {

// Returns the most similar of the known names: an option that begins with the word, or the nearest
// by typing_distance(); empty if there is none.
std::string near_name(const std::string& word, const std::vector<std::string>& known);

// Returns the options of the command, if there is one, in front of those of the program.
std::vector<const CLI::Option*> options_of(const CLI::App& app, const CLI::App* command);

// Returns the long names of these options: "--table".
std::vector<std::string> long_names(const std::vector<const CLI::Option*>& options);

// Returns the option that is meant by a name that nobody has: one of the program, or of the command
// or, if there is no command yet (nullptr), of any command. Returns nullptr if nobody can tell.
CLI::Option* meant_option(CLI::App& app, CLI::App* command, const std::string& name);

// Returns the names of the options that neither the program nor the command has, or no command
// (nullptr), as they were typed: "--expring" of "--expring=60d". words: in any order.
std::vector<std::string> unknown_options(
    CLI::App& app, CLI::App* command, const std::vector<std::string>& words);

} // namespace relayctl
