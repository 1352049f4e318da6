// CLI11 takes some words otherwise than users of Unix commands expect. The words are put in order
// before it sees them: the command to the front, "--" away, and values that are missing are refused
// here with a message of our own.
#include "app/cli/arguments.hpp"

#include "app/cli/help.hpp"
#include "app/cli/misspelt_option.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string_view>

namespace relayctl {

CLI::App* find_command(CLI::App& app, const std::string& name)
{
    const auto commands = app.get_subcommands(nullptr);
    const auto found = std::find_if(commands.begin(), commands.end(),
        [&](const CLI::App* command) { return command->check_name(name); });
    return found == commands.end() ? nullptr : *found;
}

// The command's own options come first; the program's are accepted behind the command as well.
CLI::Option* find_option(CLI::App& app, CLI::App* command, const std::string& spelling)
{
    CLI::Option* found = command == nullptr ? nullptr : command->get_option_no_throw(spelling);
    found = found == nullptr ? app.get_option_no_throw(spelling) : found;
    if (found != nullptr || command != nullptr) {
        return found;
    }
    // No command is known yet: an option of any of them tells whether a value follows.
    for (CLI::App* each : app.get_subcommands(nullptr)) {
        found = found == nullptr ? each->get_option_no_throw(spelling) : found;
    }
    return found;
}

std::vector<std::string> spellings_of(const CLI::Option& option)
{
    std::vector<std::string> names;
    for (const std::string& name : option.get_snames()) {
        names.push_back('-' + name);
    }
    for (const std::string& name : option.get_lnames()) {
        names.push_back("--" + name);
    }
    return names;
}

bool takes_value(const CLI::Option& option)
{
    return option.get_items_expected_max() > 0;
}

namespace {

// Returns true if the value of an option of this word is the next word: "--table", "-t", "-qt".
bool awaits_value(CLI::App& app, const std::string& word)
{
    const auto takes_one = [&](const std::string& spelling) {
        const CLI::Option* option = find_option(app, nullptr, spelling);
        return option != nullptr && takes_value(*option);
    };
    if (word.starts_with("--")) {
        return takes_one(word);
    }
    // Of short options in one word the first that takes a value has the rest of the word.
    const auto first = std::find_if(word.begin() + 1, word.end(), [&](char letter) {
        return takes_one({ '-', letter });
    });
    return first != word.end() && first + 1 == word.end();
}

// "--wait-replicas 60 HOST": the number would be taken for a host, or for one word too many. No
// host and no beginning of a fingerprint is a number as short as that.
void refuse_loose_numbers(CLI::App& app, const std::vector<std::string>& words)
{
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const std::string& number = words[i + 1];
        const CLI::Option* option
            = words[i].starts_with("--") ? find_option(app, nullptr, words[i]) : nullptr;
        // CLI11 keeps here the names of the flags that may have a value of their own.
        const bool may_have_value = option != nullptr && !option->get_fnames().empty();
        if (may_have_value && !number.empty() && number.size() < 6
            && std::all_of(number.begin(), number.end(), is_digit)) {
            throw Error(ErrorKind::usage, words[i] + ": its number is joined to it by '='",
                { "write " + words[i] + '=' + number });
        }
    }
}

// CLI11 would take the words behind "--" away from the command, so "--" goes, once no word behind
// it looks like an option.
void drop_end_of_options(std::vector<std::string>& words)
{
    const auto mark = std::find(words.begin(), words.end(), "--");
    for (auto word = mark; word != words.end(); ++word) {
        if (word != mark && word->size() > 1 && word->starts_with('-')) {
            throw Error(ErrorKind::usage,
                quote(*word) + ": begins with '-', as no host and no fingerprint does",
                { "if it is a file, write ./" + escape(*word) });
        }
    }
    if (mark != words.end()) {
        words.erase(mark);
    }
}

// CLI11 would take the next word as the value of "--note=".
void refuse_open_ends(const std::vector<std::string>& words)
{
    for (const std::string& word : words) {
        if (word.starts_with("--") && word.find('=') == word.size() - 1) {
            throw Error(ErrorKind::usage,
                escape(std::string_view(word).substr(0, word.size() - 1)) + ": is empty");
        }
    }
}

// Throws for the first empty value of this command, by the name of the option or the number of the
// operand.
void refuse_empty_values_of(const CLI::App& command)
{
    for (const CLI::Option* option : command.get_options()) {
        const auto& values = option->results();
        const auto empty = std::find(values.begin(), values.end(), "");
        if (!takes_value(*option) || empty == values.end()) {
            continue;
        }
        throw Error(ErrorKind::usage,
            values.size() == 1 ? option->get_name() + ": is empty"
                               : command.get_name() + ": word "
                    + std::to_string(empty - values.begin() + 1) + " is empty");
    }
}

// Returns true if the next word is the value of this option, which is misspelt: "--tabel hash:x".
// The name of a command is none: it was rather the value that was forgotten.
bool seems_to_await_value(CLI::App& app, const std::string& word, const std::string& next)
{
    if (!word.starts_with("--") || word.find('=') != std::string::npos
        || find_option(app, nullptr, word) != nullptr || find_command(app, next) != nullptr) {
        return false;
    }
    const CLI::Option* meant = meant_option(app, nullptr, word);
    return meant != nullptr && takes_value(*meant);
}

} // namespace

std::size_t command_position(CLI::App& app, const std::vector<std::string>& words)
{
    std::size_t i = 0;
    while (i < words.size() && words[i].starts_with('-')) {
        const bool has_value = awaits_value(app, words[i])
            || (i + 1 < words.size() && seems_to_await_value(app, words[i], words[i + 1]));
        i += has_value ? 2 : 1;
    }
    return std::min(i, words.size());
}

std::vector<std::string> in_parsing_order(CLI::App& app, std::vector<std::string> words)
{
    refuse_open_ends(words);
    refuse_loose_numbers(app, words);
    drop_end_of_options(words);
    // The order of all other words stays: only the command goes to the front.
    const std::size_t at = command_position(app, words);
    if (at < words.size()) {
        const auto command = words.begin() + static_cast<std::ptrdiff_t>(at);
        std::rotate(words.begin(), command, command + 1);
    }
    return words;
}

void refuse_empty_values(const CLI::App& app)
{
    refuse_empty_values_of(app);
    // A shell may well ask for completions of an empty word, so the hidden command is left out.
    for (const CLI::App* command : app.get_subcommands()) {
        if (command->get_group() != help_group::hidden) {
            refuse_empty_values_of(*command);
        }
    }
}

std::vector<std::string> take_typed_words(CLI::App& app, std::vector<std::string>& words)
{
    // The "--" must be taken before in_parsing_order() sees it, since what stands behind it is not
    // to be parsed.
    const std::size_t at = command_position(app, words);
    std::size_t mark = 0;
    while (mark < words.size() && words[mark] != "--") {
        ++mark;
    }
    if (at == words.size() || words[at] != "complete" || mark == words.size()) {
        return {};
    }
    std::vector<std::string> typed;
    for (std::size_t i = mark + 1; i < words.size(); ++i) {
        typed.push_back(std::move(words[i]));
    }
    words.resize(mark);
    return typed;
}

} // namespace relayctl
