#include "app/cli/options.hpp"

#include "core/base/error.hpp"
#include "core/base/local_day.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string_view>

namespace relayctl {

namespace {

// CLI11 keeps nothing of ours with an option but the names of its validators.
constexpr std::string_view kinds_mark = "kinds:";
constexpr std::string_view words_mark = "words:";

// Returns the name of a validator: a mark, then the words that offered_values() reads.
std::string named(std::string_view mark, const std::vector<std::string>& words)
{
    return std::string(mark) + join(words, " ");
}

// What stands behind the mark in the name of one of the option's validators.
std::vector<std::string> words_behind(CLI::Option& option, std::string_view mark)
{
    try {
        for (int i = 0;; ++i) {
            const std::string name = option.get_validator(i)->get_name();
            if (name.starts_with(mark)) {
                return split_list(name.substr(mark.size()), " ");
            }
        }
    } catch (const CLI::OptionNotFound&) { // the index is behind the last validator
        return {};
    }
}

// A check that accepts every value; only its name matters.
CLI::Validator completed_as(const std::vector<ValueKind>& kinds)
{
    std::vector<std::string> numbers;
    for (const ValueKind kind : kinds) {
        numbers.push_back(std::to_string(static_cast<int>(kind)));
    }
    return { [](std::string&) { return std::string(); }, "", named(kinds_mark, numbers) };
}

// A check that accepts these words.
CLI::Validator one_of(std::vector<std::string> words)
{
    const std::string all = named(words_mark, words);
    // CLI11 takes an empty text for "the value is good" and anything else for the error.
    const auto check = [words = std::move(words)](std::string& word) {
        return std::find(words.begin(), words.end(), word) != words.end()
            ? std::string()
            : quote(word) + " is none of " + join(words, ", ");
    };
    return { check, "", all };
}

// An operand shows its name alone, so it has no type.
template <typename Value>
CLI::Option* declare_operand(CLI::App& command, const char* name, Value& value,
    const char* description, const std::vector<ValueKind>& kinds)
{
    return command.add_option(name, value, description)->type_name("")->check(completed_as(kinds));
}

} // namespace

void add_operand(CLI::App& command, const char* name, std::string& value, const char* description,
    ValueKind kind)
{
    declare_operand(command, name, value, description, { kind })->required();
}

void add_operand(CLI::App& command, const char* name, std::vector<std::string>& values,
    const char* description, ValueKind kind)
{
    declare_operand(command, name, values, description, { kind })->required();
}

void add_optional_operand(CLI::App& command, const char* name, std::string& value,
    const char* description, ValueKind kind)
{
    declare_operand(command, name, value, description, { kind });
}

void add_optional_operand(CLI::App& command, const char* name, std::vector<std::string>& values,
    const char* description, ValueKind kind)
{
    declare_operand(command, name, values, description, { kind });
}

void add_words(CLI::App& command, const char* name, const OperandWords& words,
    std::vector<std::string>& values, const char* description, const std::vector<ValueKind>& kinds)
{
    declare_operand(command, name, values, description, kinds)
        ->type_name(words.shown)
        ->expected(words.least, words.most)
        ->required(words.least > 0);
}

void add_flag(CLI::App& command, const char* name, bool& flag, const char* description)
{
    command.add_flag(name, flag, description);
}

void add_value(CLI::App& command, const char* name, const char* type, std::string& value,
    const char* description, ValueKind kind)
{
    command.add_option(name, value, description)->type_name(type)->check(completed_as({ kind }));
}

void add_values(CLI::App& command, const char* name, const char* type,
    std::vector<std::string>& values, const char* description, ValueKind kind)
{
    command.add_option(name, values, description)
        ->type_name(type)
        ->allow_extra_args(false)
        ->check(completed_as({ kind }));
}

void add_number(CLI::App& command, const char* name, const char* type, int& value,
    const char* description, int least, int most)
{
    command.add_option(name, value, description)->type_name(type)->check(CLI::Range(least, most));
}

void add_parsed(CLI::App& command, const char* name, const char* type, const char* description,
    const ReadValue& read)
{
    // A check of CLI11 is called once for each value that was given, and never without one.
    const auto nothing_more = [](const std::string&) {};
    command.add_option_function<std::string>(name, nothing_more, description)
        ->type_name(type)
        ->check(read);
}

void add_choice(CLI::App& command, const char* name, const char* type, std::string& value,
    const char* description, std::vector<std::string> words)
{
    command.add_option(name, value, description)->type_name(type)->check(one_of(std::move(words)));
}

void add_choice_operand(CLI::App& command, const char* name, std::string& value,
    const char* description, std::vector<std::string> words)
{
    add_choice(command, name, name, value, description, std::move(words));
    command.get_option(name)->required();
}

void add_duration(CLI::App& command, const char* name,
    std::optional<std::chrono::seconds>& duration, const char* description)
{
    // CLI11 calls this while it parses, so the error passes through the parser unchanged.
    const auto parse = [name, &duration](const std::string& text) {
        duration = parse_duration(text);
        if (!duration) {
            throw Error(ErrorKind::usage, name + (' ' + quote(text)) + ": is no duration",
                { "a number and its unit, s, m, h, d or w: 14d" });
        }
    };
    command.add_option_function<std::string>(name, parse, description)
        ->type_name("DURATION")
        ->check(completed_as({ ValueKind::duration }));
}

void add_since(CLI::App& command, std::string& since, const char* description)
{
    add_value(command, "--since", "TIME", since, description, ValueKind::duration);
}

std::optional<Time> moment_since(const std::string& since, Time now)
{
    if (since.empty()) {
        return std::nullopt;
    }
    if (const auto duration = parse_duration(since)) {
        return now - *duration;
    }
    const auto time = parse_time(since);
    if (!time) {
        throw Error(ErrorKind::usage, "--since " + quote(since) + ": is no time",
            { "30d, 2026-10-01 or 2026-10-01T08:00:00Z" });
    }
    return time;
}

void add_end(
    CLI::App& command, std::optional<Time>& end, bool* never, Time now, const char* description)
{
    // CLI11 calls this while it parses, so the error passes through the parser unchanged.
    const auto parse = [&end, never, now](const std::string& text) {
        if (never != nullptr) {
            *never = text == "never";
        }
        end = parse_end(text, now);
        if (!end && (never == nullptr || !*never)) {
            throw Error(ErrorKind::usage, "--until " + quote(text) + ": is no date",
                { std::string(
                      "2027-05-31 is the end of that day here; or 14d from now on; or a time, "
                      "2027-05-31T12:00:00Z")
                    + (never != nullptr ? "; or never" : "") });
        }
    };
    command.add_option_function<std::string>("--until", parse, description)
        ->type_name("DATE")
        ->check(completed_as({ ValueKind::duration }));
}

void describe_option(CLI::App& command, const char* name, const char* description)
{
    command.get_option(name)->description(description);
}

void remove_option(CLI::App& command, const char* name)
{
    command.remove_option(command.get_option(name));
}

OfferedValues offered_values(CLI::Option& option, std::size_t position)
{
    OfferedValues offered{ ValueKind::text, words_behind(option, words_mark) };
    const std::vector<std::string> kinds = words_behind(option, kinds_mark);
    // An operand that takes several words may have a kind for each; the last kind is that of all
    // further ones.
    if (!kinds.empty()) {
        offered.kind
            = static_cast<ValueKind>(std::stoi(kinds[std::min(position, kinds.size() - 1)]));
    }
    return offered;
}

} // namespace relayctl
