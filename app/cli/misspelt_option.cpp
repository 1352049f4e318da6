#include "app/cli/misspelt_option.hpp"

#include "app/cli/arguments.hpp"
#include "app/cli/help.hpp"
#include "core/base/edit_distance.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>
#include <string_view>

namespace relayctl {

namespace {

std::string_view without_dashes(std::string_view name)
{
    return name.substr(std::min(name.find_first_not_of('-'), name.size()));
}

// Returns how far the word is from a name; no value if it is too far.
std::optional<std::size_t> distance(const std::string& word, const std::string& name)
{
    if (word.starts_with("--") && word.size() > 4 && name.starts_with(word)) {
        return 1;
    }
    return typing_distance(without_dashes(word), without_dashes(name));
}

// Returns the name of the unknown option in this word, or nothing. Sets takes_next if the word is a
// known option whose value is the next word.
std::string unknown_in(CLI::App& app, CLI::App* command, const std::string& word, bool& takes_next)
{
    const std::size_t end = word.find('=');
    if (word.starts_with("--")) {
        const std::string name = word.substr(0, end);
        const CLI::Option* option = find_option(app, command, name);
        takes_next = option != nullptr && takes_value(*option) && end == std::string::npos;
        return option == nullptr ? name : "";
    }
    for (std::size_t i = 1; i < word.size(); ++i) {
        const std::string name{ '-', word[i] };
        const CLI::Option* option = find_option(app, command, name);
        if (option == nullptr) {
            return word.substr(0, end);
        }
        if (takes_value(*option)) { // it has the rest of the word
            takes_next = i + 1 == word.size();
            break;
        }
    }
    return {};
}

} // namespace

std::string near_name(const std::string& word, const std::vector<std::string>& known)
{
    std::string best;
    std::optional<std::size_t> best_distance;
    for (const std::string& name : known) {
        const auto found = distance(word, name);
        if (found && (!best_distance || *found < *best_distance)) {
            best_distance = found;
            best = name;
        }
    }
    return best;
}

std::vector<const CLI::Option*> options_of(const CLI::App& app, const CLI::App* command)
{
    std::vector<const CLI::Option*> options = app.get_options();
    if (command != nullptr) {
        const auto own = command->get_options();
        options.insert(options.begin(), own.begin(), own.end());
    }
    return options;
}

std::vector<std::string> long_names(const std::vector<const CLI::Option*>& options)
{
    std::vector<std::string> names;
    for (const CLI::Option* option : options) {
        for (const std::string& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    return names;
}

CLI::Option* meant_option(CLI::App& app, CLI::App* command, const std::string& name)
{
    std::vector<const CLI::Option*> options = options_of(app, command);
    if (command == nullptr) {
        for (const CLI::App* each : app.get_subcommands(nullptr)) {
            if (each->get_group() != help_group::hidden) {
                const auto own = each->get_options();
                options.insert(options.end(), own.begin(), own.end());
            }
        }
    }
    const std::string meant = near_name(name, long_names(options));
    return meant.empty() ? nullptr : find_option(app, command, meant);
}

std::vector<std::string> unknown_options(
    CLI::App& app, CLI::App* command, const std::vector<std::string>& words)
{
    std::vector<std::string> unknown;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (!words[i].starts_with('-') || words[i].size() == 1) {
            continue;
        }
        bool takes_next = false;
        if (std::string name = unknown_in(app, command, words[i], takes_next); !name.empty()) {
            unknown.push_back(std::move(name));
        }
        i += takes_next ? 1 : 0;
    }
    return unknown;
}

} // namespace relayctl
