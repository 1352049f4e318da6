// Declares options and operands together with what a shell offers as their values. These functions
// are no templates: a command that called CLI11's would be compiled for as long as CLI11 itself.
#pragma once

#include "app/cli/cli11.hpp"
#include "core/base/time.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What an option or operand takes, so that a shell can offer values for it.
enum class ValueKind {
    text, // nothing can be offered
    file,
    directory,
    table, // TYPE:PATH
    digest,
    service, // of master.cf
    duration,
    listed, // a host or fingerprint of the tables
    client, // the same, or with a slash in it a file
    anybody, // the same, or where nobody who is listed fits, a file
    command, // of relayctl
};

// Declares a required operand; the second form takes one word or more. The variable outlives the
// command here and below.
void add_operand(CLI::App& command, const char* name, std::string& value, const char* description,
    ValueKind kind);
void add_operand(CLI::App& command, const char* name, std::vector<std::string>& values,
    const char* description, ValueKind kind);

// Declares an operand that may be left out.
void add_optional_operand(CLI::App& command, const char* name, std::string& value,
    const char* description, ValueKind kind);
void add_optional_operand(CLI::App& command, const char* name, std::vector<std::string>& values,
    const char* description, ValueKind kind);

// How many words an operand takes, and how help shows them.
struct OperandWords {
    const char* shown; // "[CERT] [HOST]"
    int least;
    int most;
};
inline constexpr int any_number = 1 << 28;

// Declares an operand of several words. kinds: those of the first word, the second and so on; the
// last one counts for all words that follow.
void add_words(CLI::App& command, const char* name, const OperandWords& words,
    std::vector<std::string>& values, const char* description, const std::vector<ValueKind>& kinds);

// Declares an option without a value. name: "--key", or "-y,--yes", or "--no-rebuild{false}", which
// sets the variable to false.
void add_flag(CLI::App& command, const char* name, bool& flag, const char* description);

// Declares an option with a value. name: "--note", or "-t,--table". type: how help names the value.
void add_value(CLI::App& command, const char* name, const char* type, std::string& value,
    const char* description, ValueKind kind = ValueKind::text);

// Declares an option that may be given several times, each time with one value.
void add_values(CLI::App& command, const char* name, const char* type,
    std::vector<std::string>& values, const char* description, ValueKind kind);

// Declares an option whose value is a number from least to most.
void add_number(CLI::App& command, const char* name, const char* type, int& value,
    const char* description, int least, int most);

// Declares an option whose value the function reads; what it returns says what is wrong with the
// value, and is empty if nothing is.
using ReadValue = std::function<std::string(const std::string&)>;
void add_parsed(CLI::App& command, const char* name, const char* type, const char* description,
    const ReadValue& read);

// Declares an option whose value is one of these words; any other is a wrong command line.
void add_choice(CLI::App& command, const char* name, const char* type, std::string& value,
    const char* description, std::vector<std::string> words);

// Declares a required operand of that kind.
void add_choice_operand(CLI::App& command, const char* name, std::string& value,
    const char* description, std::vector<std::string> words);

// Declares an option whose value is a duration: "0s", "12h", "14d". Parsing any other value throws
// ErrorKind::usage.
void add_duration(CLI::App& command, const char* name,
    std::optional<std::chrono::seconds>& duration, const char* description);

// Declares --since, whose value moment_since() reads.
void add_since(CLI::App& command, std::string& since, const char* description);
// Returns the moment that --since means: a duration back from now ("30d"), a date, which is that of
// UTC, or an RFC 3339 time; no value for an empty text. Errors: ErrorKind::usage.
std::optional<Time> moment_since(const std::string& since, Time now);

// Declares --until, whose value is a date, a time, or a duration from `now` on
// (core/base/local_day.hpp). Parsing any other value throws ErrorKind::usage. never: is set to
// whether the value was "never"; null where that is no value.
void add_end(
    CLI::App& command, std::optional<Time>& end, bool* never, Time now, const char* description);

// Says of an option that was declared already what it does in this command, or takes it back.
void describe_option(CLI::App& command, const char* name, const char* description);
void remove_option(CLI::App& command, const char* name);

// What was declared of the values of an option; text where nothing was.
struct OfferedValues {
    ValueKind kind = ValueKind::text;
    std::vector<std::string> words; // of add_choice(); then the kind counts for nothing
};

// Returns what a shell may offer as a value of the option. position: which word of the value it is,
// 0 for the first.
OfferedValues offered_values(CLI::Option& option, std::size_t position);

} // namespace relayctl
