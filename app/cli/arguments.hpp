// The words of a command line, before CLI11 parses them, and what is wrong with them.
#pragma once

#include "app/cli/cli11.hpp"
#include "core/base/error.hpp"

#include <string>
#include <vector>

namespace relayctl {

// Returns the command of this name or alias; nullptr if there is none.
CLI::App* find_command(CLI::App& app, const std::string& name);

// Returns the option that is spelled so ("-t", "--table"): one of the command or of the program or,
// if there is no command yet (nullptr), of any command. Returns nullptr if nobody has it.
CLI::Option* find_option(CLI::App& app, CLI::App* command, const std::string& spelling);

// Returns all names of the option, the short ones first: "-t", "--table".
std::vector<std::string> spellings_of(const CLI::Option& option);

// Returns false for a flag and for one that may have a value behind "=" only.
bool takes_value(const CLI::Option& option);

// Returns the position of the command: the first word that is neither an option nor its value. The
// number of words if there is none.
std::size_t command_position(CLI::App& app, const std::vector<std::string>& words);

// Returns the words in the order that CLI11 needs: the command first, since every option is
// accepted before it, too; and without "--". Errors: ErrorKind::usage for "--note=", for a number
// that is not joined to its option, and for a word behind "--" that looks like an option.
std::vector<std::string> in_parsing_order(CLI::App& app, std::vector<std::string> words);

// Errors: ErrorKind::usage if an option or operand that was parsed is empty. Such a value comes
// from a variable that was not set, and CLI11 would count it as no value at all.
void refuse_empty_values(const CLI::App& app);

// Cuts off the words behind "--" if the command is the hidden one of the completions: they are a
// command line that somebody is typing, which is not to be parsed.
std::vector<std::string> take_typed_words(CLI::App& app, std::vector<std::string>& words);

// Returns what a parse error means in our own words, never in those of CLI11, with a hint at what
// was probably meant and where the help is. words: as they were parsed, in_parsing_order().
Error usage_error(
    CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words);

// Returns the error for a command that does not exist, with the near one, or the one that other
// programs call so. before: stands before its name in the hint.
Error unknown_command(const CLI::App& app, const std::string& word, const std::string& before);

// Returns "see: relayctl add --help", as the hint of an error. command: empty for the program.
Hint hint_at_help(const std::string& command);

} // namespace relayctl
