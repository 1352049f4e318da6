// What a shell offers as the value of an option or an operand. It is said where the option is
// declared: command.add_option(...)->check(completed_as(ValueKind::file)).
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
class Validator;
} // namespace CLI

namespace relayctl {

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
};

// Accepts every value. kinds: those of the first word, the second and so on; the last one counts
// for all words that follow.
CLI::Validator completed_as(std::vector<ValueKind> kinds);
CLI::Validator completed_as(ValueKind kind);

// Accepts one of these words only, and offers them.
CLI::Validator one_of(std::vector<std::string> words);

// What one of the above has said of an option; text where none was given.
struct OfferedValues {
    ValueKind kind = ValueKind::text;
    std::vector<std::string> words; // of one_of(); then the kind counts for nothing
};

// position: which word of the value it is, 0 for the first.
OfferedValues offered_values(CLI::Option& option, std::size_t position);

} // namespace relayctl
