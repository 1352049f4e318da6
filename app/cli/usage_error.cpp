// Says in our own words what is wrong with a command line. CLI11 tells the kind of error only;
// which option or word it is about is found by looking at them again.
#include "app/cli/arguments.hpp"
#include "app/cli/help.hpp"
#include "app/cli/misspelt_option.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <utility>

namespace relayctl {

namespace {

// Commands of other programs, and what they are here. Those of the same meaning are near enough.
constexpr std::pair<std::string_view, std::string_view> other_names[] = { { "delete", "remove" },
    { "del", "remove" }, { "revoke", "remove" }, { "deny", "remove" }, { "drop", "remove" },
    { "show", "list" }, { "find", "list" }, { "search", "list" }, { "authorize", "add" },
    { "authorise", "add" }, { "allow", "add" }, { "permit", "add" }, { "grant", "add" },
    { "import", "add" }, { "renew", "rotate" }, { "replace", "rotate" }, { "why", "check" },
    { "query", "check" }, { "doctor", "verify" }, { "status", "verify" }, { "lint", "verify" },
    { "validate", "verify" }, { "postmap", "rebuild" }, { "build", "rebuild" },
    { "create", "issue" }, { "new", "issue" }, { "generate", "issue" }, { "sync", "apply" },
    { "convert", "copy" }, { "migrate", "copy" }, { "expire", "prune" }, { "clean", "prune" } };

// Returns the names of the commands that help shows.
std::vector<std::string> command_names(const CLI::App& app)
{
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands(nullptr)) {
        if (command->get_group() != help_group::hidden) {
            names.push_back(command->get_name());
        }
    }
    return names;
}

// Returns the command that is meant by this word; empty if nobody can tell.
std::string meant_command(const CLI::App& app, const std::string& word)
{
    const auto* const other = std::find_if(std::begin(other_names), std::end(other_names),
        [&](const auto& row) { return equal_ignoring_case(row.first, word); });
    return other != std::end(other_names) ? std::string(other->second)
                                          : near_name(to_lower(word), command_names(app));
}

// Returns the command that is meant by an option without a command: "list" for "--lists", and
// "list --expiring" for "--expring". Empty for an option of the program, and if nobody can tell.
std::string command_meant_by_option(const CLI::App& app, const std::string& word)
{
    const std::string name = word.substr(0, word.find('='));
    const std::vector<std::string> known = long_names(options_of(app, nullptr));
    if (!name.starts_with("--") || std::find(known.begin(), known.end(), name) != known.end()) {
        return {};
    }
    if (std::string command = meant_command(app, name.substr(2)); !command.empty()) {
        return command;
    }
    for (const CLI::App* command : app.get_subcommands(nullptr)) {
        const std::vector<const CLI::Option*> options = command->get_options();
        const std::string option = near_name(name, long_names(options));
        if (!option.empty() && command->get_group() != help_group::hidden) {
            return command->get_name() + ' ' + option;
        }
    }
    return {};
}

// Returns what an option that nobody has was meant to be, in words to type; empty if nobody can
// tell.
std::string meant_by_option(CLI::App& app, CLI::App* command, const std::string& name)
{
    const std::string near = near_name(name, long_names(options_of(app, command)));
    const std::string other
        = near.empty() && command == nullptr ? command_meant_by_option(app, name) : "";
    return other.empty() ? near : "relayctl " + other;
}

// Returns the error for options that do not exist. What follows one of them may be its value, so
// words are not counted, and none is said to be missing.
Error unknown_options_error(CLI::App& app, CLI::App* command, const std::vector<std::string>& names)
{
    std::vector<std::string> quoted;
    std::vector<Hint> hints;
    for (const std::string& name : names) {
        quoted.push_back(quote(name));
        if (const std::string meant = meant_by_option(app, command, name); !meant.empty()) {
            hints.emplace_back("did you mean: " + meant);
        }
    }
    return { ErrorKind::usage,
        (names.size() == 1 ? "unknown option " : "unknown options ") + join(quoted, ", "), hints };
}

// Returns one error for a command and for options that do not exist.
Error with_options(const Error& command, const Error& options)
{
    std::vector<Hint> hints = command.hints();
    hints.insert(hints.end(), options.hints().begin(), options.hints().end());
    return { ErrorKind::usage, std::string(command.what()) + ", " + options.what(), hints };
}

// Returns the error for a command that is missing or unknown.
Error wrong_command(CLI::App& app, const std::vector<std::string>& words)
{
    if (const std::size_t at = command_position(app, words); at < words.size()) {
        Error error = unknown_command(app, words[at], "relayctl ");
        const std::vector<std::string> unknown = unknown_options(app, nullptr, words);
        if (unknown.empty()) {
            return error;
        }
        // A word behind a misspelt option may be its value; only one like a command is named, too.
        const std::string meant = meant_command(app, words[at]);
        const Error options = unknown_options_error(
            app, meant.empty() ? nullptr : find_command(app, meant), unknown);
        return meant.empty() ? options : with_options(error, options);
    }
    Error error(ErrorKind::usage, "which command?");
    for (const std::string& word : words) {
        if (const std::string meant = command_meant_by_option(app, word); !meant.empty()) {
            return error.with_hint("did you mean: relayctl " + meant);
        }
    }
    return error;
}

// Returns the error for more operands than the command has.
Error too_many_words(const CLI::App& app)
{
    std::vector<std::string> operands;
    for (const std::string& word : app.remaining(true)) {
        operands.push_back(quote(word));
    }
    return { ErrorKind::usage, "too many words: " + join(operands, ", ") };
}

// Returns the name of the first operand that was not given.
std::string missing_operand(const CLI::App& command)
{
    const auto missing = command.get_options(
        [](const CLI::Option* option) { return option->get_required() && option->empty(); });
    return missing.empty() ? "something is missing" : missing.front()->get_name() + ": is missing";
}

// Returns the message for an option that was given too often or without its value. CLI11 does not
// tell which option it was, so it is searched for.
std::string wrong_number(CLI::App& app, CLI::App* command, const std::vector<std::string>& words)
{
    for (const CLI::Option* option : options_of(app, command)) {
        const std::size_t given = option->results().size();
        if (!takes_value(*option)
            || given <= static_cast<std::size_t>(option->get_items_expected_max())) {
            continue;
        }
        return option->get_name()
            + (option->get_positional()
                    ? ": there are " + std::to_string(given) + " words, and at most "
                        + std::to_string(option->get_items_expected_max()) + " are understood"
                    : ": is given " + std::to_string(given) + " times");
    }
    for (std::size_t i = words.size(); i-- > 0;) {
        const CLI::Option* option
            = words[i].starts_with('-') ? find_option(app, command, words[i]) : nullptr;
        if (option != nullptr && takes_value(*option)) { // the last one: those before it have one
            return option->get_name() + ": needs a value, " + option->get_type_name();
        }
    }
    return "an option has the wrong number of values";
}

// Returns the message for a flag with a value behind "=" that it does not understand.
std::string wrong_value(CLI::App& app, CLI::App* command, const std::vector<std::string>& words)
{
    for (const std::string& word : words) {
        const std::size_t end = word.find('=');
        const CLI::Option* option
            = word.starts_with('-') ? find_option(app, command, word.substr(0, end)) : nullptr;
        if (end != std::string::npos && option != nullptr && !takes_value(*option)) {
            return option->get_name() + ": " + quote(word.substr(end + 1)) + " is no value for it";
        }
    }
    return "an option has a value that it does not understand";
}

// Returns the message for two options of which only one may be given.
std::string contradiction(const CLI::App& app, const CLI::App* command)
{
    for (const CLI::Option* option : options_of(app, command)) {
        for (const CLI::Option* other : option->get_excludes()) {
            if (!option->empty() && !other->empty()) {
                return option->get_name() + " and " + other->get_name() + ": give one of them";
            }
        }
    }
    return "two options exclude each other";
}

template <typename Kind> bool is_a(const CLI::ParseError& error)
{
    return dynamic_cast<const Kind*>(&error) != nullptr;
}

// Returns the message for each kind of error of CLI11. Its own texts are left out, because they
// name classes of CLI11 or options by a form that help does not use.
Error described(CLI::App& app, CLI::App* command, const CLI::ParseError& error,
    const std::vector<std::string>& words)
{
    if (is_a<CLI::RequiredError>(error) && command == nullptr) {
        return wrong_command(app, words);
    }
    if (const auto unknown = unknown_options(app, command, words);
        command != nullptr && !unknown.empty()) {
        return unknown_options_error(app, command, unknown);
    }
    if (is_a<CLI::ExtrasError>(error)) {
        return too_many_words(app);
    }
    return { ErrorKind::usage,
        is_a<CLI::RequiredError>(error)          ? missing_operand(*command)
            : is_a<CLI::ArgumentMismatch>(error) ? wrong_number(app, command, words)
            : is_a<CLI::ConversionError>(error)  ? wrong_value(app, command, words)
            : is_a<CLI::ExcludesError>(error)    ? contradiction(app, command)
            : is_a<CLI::ValidationError>(error)  ? std::string(error.what()) // of our own checks
                                                 : "this command line is not understood" };
}

} // namespace

Error unknown_command(const CLI::App& app, const std::string& word, const std::string& before)
{
    Error error(ErrorKind::usage, "unknown command " + quote(word));
    const std::string meant = meant_command(app, word);
    return meant.empty() ? error : error.with_hint("did you mean: " + before + meant);
}

Error usage_error(
    CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words)
{
    const auto used = app.get_subcommands();
    CLI::App* command = used.empty() ? nullptr : used.front();
    return described(app, command, error, words)
        .with_hint(hint_at_help(command == nullptr ? "" : command->get_name()));
}

Hint hint_at_help(const std::string& command)
{
    return { "see: relayctl " + command + (command.empty() ? "" : " ") + "--help" };
}

} // namespace relayctl
