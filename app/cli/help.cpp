// The help is laid out here and not by CLI11, so that all pages have 80 columns, the usual words of
// Unix manuals, and the groups of the command table.
#include "app/cli/help.hpp"

#include "app/cli/arguments.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>

#include <utility>
#include <vector>

namespace relayctl {

namespace {

constexpr std::size_t page_width = 80;
constexpr std::size_t text_column = 26;

// Appends a name and its meaning, in as many lines as the meaning needs.
void append_item(std::string& page, const std::string& name, const std::string& meaning)
{
    std::string line = "  " + name;
    // A long name has a line of its own, and its meaning follows below.
    if (line.size() + 2 > text_column) {
        page += line + '\n';
        line.clear();
    }
    line.resize(text_column, ' ');
    bool is_empty = true;
    for (const std::string& word : split_list(meaning, " ")) {
        if (!is_empty && line.size() + 1 + word.size() > page_width) {
            page += line + '\n';
            line.assign(text_column, ' ');
            is_empty = true;
        }
        line += (is_empty ? "" : " ") + word;
        is_empty = false;
    }
    page += line + '\n';
}

// "-t, --table TYPE:PATH". Long names stand below each other.
std::string shown(const CLI::Option& option)
{
    const std::string names = join(spellings_of(option), ", ");
    const std::string value = takes_value(option) ? option.get_type_name() : "";
    return (names.starts_with("--") ? "    " : "") + names + (value.empty() ? "" : ' ' + value);
}

// Returns an operand as the usage line shows it: "CERT...", and in brackets if it may be missing.
std::string usage_of(const CLI::Option& positional)
{
    const std::string shown = positional.get_type_name();
    const std::string name
        = positional.get_name() + (positional.get_items_expected_max() > 1 ? "..." : "");
    return !shown.empty() ? shown : positional.get_required() ? name : '[' + name + ']';
}

// Returns the words in front of the options: "relayctl add".
std::string program_of(const CLI::App& app)
{
    return app.get_parent() == nullptr ? app.get_name()
                                       : program_of(*app.get_parent()) + ' ' + app.get_name();
}

// Returns the operands of the command, in their order.
std::vector<const CLI::Option*> positionals_of(const CLI::App& app)
{
    return app.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

// Appends the usage line, and a line for each other name of the command.
void append_usage(std::string& page, const CLI::App& app)
{
    const bool has_commands = !app.get_subcommands(nullptr).empty();
    page += "Usage: " + program_of(app) + (has_commands ? " [OPTIONS] COMMAND ..." : " [OPTIONS]");
    for (const CLI::Option* positional : positionals_of(app)) {
        page += ' ' + usage_of(*positional);
    }
    page += '\n';
    for (const std::string& alias : app.get_aliases()) {
        page += "       " + alias + " is the same\n";
    }
}

// Appends the commands by group, in the order of the command table. Hidden ones have no group.
void append_commands(std::string& page, const CLI::App& app)
{
    std::string group;
    for (const CLI::App* command : app.get_subcommands(nullptr)) {
        if (command->get_group().empty()) {
            continue;
        }
        if (command->get_group() != group) {
            group = command->get_group();
            page += '\n' + group + ":\n";
        }
        append_item(page,
            join({ command->get_name(), join(command->get_aliases(), ", ") },
                command->get_aliases().empty() ? "" : ", "),
            command->get_description());
    }
}

// Appends the options by group. The hidden group has an empty name and is left out.
void append_options(std::string& page, const CLI::App& app)
{
    for (const std::string& group : app.get_groups()) {
        const auto options = app.get_options([&](const CLI::Option* option) {
            return option->get_group() == group && !option->get_positional();
        });
        if (group.empty() || options.empty()) {
            continue;
        }
        page += '\n' + group + ":\n";
        for (const CLI::Option* option : options) {
            append_item(page, shown(*option), option->get_description());
        }
    }
}

// Every option of the program is one of each command, too, and is described only once.
void append_reminder(std::string& page, const CLI::App& app)
{
    if (app.get_parent() != nullptr) {
        page += "\nAs for every command (relayctl --help):\n"
                "  -c DIR  -t TYPE:PATH  -d DIGEST  --json  --plain  -q  --no-color\n";
    }
}

} // namespace

std::string help_of(const CLI::App& app)
{
    std::string page = app.get_description() + "\n\n";
    append_usage(page, app);
    for (const CLI::Option* positional : positionals_of(app)) {
        append_item(page, positional->get_name(), positional->get_description());
    }
    append_commands(page, app);
    append_options(page, app);
    append_reminder(page, app);
    return page + '\n' + app.get_footer() + '\n';
}

std::string help_of_all(const CLI::App& app)
{
    std::string pages = help_of(app);
    for (const CLI::App* command : app.get_subcommands(nullptr)) {
        pages += command->get_group().empty()
            ? ""
            : '\n' + std::string(page_width, '-') + "\n\n" + help_of(*command);
    }
    return pages;
}

} // namespace relayctl
