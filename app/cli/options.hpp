// Declares options and operands together with what a shell offers as their values. Where these
// functions give the option, more can be said of it.
#pragma once

#include "app/cli/cli11.hpp"
#include "core/base/time.hpp"

#include <chrono>
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
};

// Declares a required operand; the second form takes one word or more. The variable outlives the
// command here and below.
CLI::Option* add_operand(CLI::App& command, const char* name, std::string& value,
    const char* description, ValueKind kind);
CLI::Option* add_operand(CLI::App& command, const char* name, std::vector<std::string>& values,
    const char* description, ValueKind kind);

// Declares an option with a value. name: "--note", or "-t,--table". type: how help names the value.
CLI::Option* add_value(CLI::App& command, const char* name, const char* type, std::string& value,
    const char* description, ValueKind kind = ValueKind::text);

// Declares an option whose value is one of these words; any other is a wrong command line.
CLI::Option* add_choice(CLI::App& command, const char* name, const char* type, std::string& value,
    const char* description, std::vector<std::string> words);

// Declares an option whose value is a duration: "0s", "12h", "14d". Parsing any other value throws
// ErrorKind::usage.
void add_duration(CLI::App& command, const char* name,
    std::optional<std::chrono::seconds>& duration, const char* description);

// Declares --until, whose value is a date or an RFC 3339 time (core/base/local_day.hpp). Parsing
// any other value throws ErrorKind::usage. never: is set to whether the value was "never"; null
// where that is no value.
void add_end(CLI::App& command, std::optional<Time>& end, bool* never, const char* description);

// A check that accepts every value. kinds: those of the first word, the second and so on; the last
// one counts for all words that follow.
CLI::Validator completed_as(const std::vector<ValueKind>& kinds);

// What was declared of the values of an option; text where nothing was.
struct OfferedValues {
    ValueKind kind = ValueKind::text;
    std::vector<std::string> words; // of add_choice(); then the kind counts for nothing
};

// Returns what a shell may offer as a value of the option. position: which word of the value it is,
// 0 for the first.
OfferedValues offered_values(CLI::Option& option, std::size_t position);

} // namespace relayctl
