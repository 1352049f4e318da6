// Taking SQL apart into words, as far as it takes to find names and literals (PostgreSQL, "Lexical
// Structure").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace relayctl {

// One word of a statement.
struct SqlWord {
    enum class Kind : std::uint8_t {
        name, // an identifier or key word, also in double quotes
        literal, // in single quotes, with them and what is in front of them (E'')
        other, // a number, an operator, one sign
    };
    Kind kind;
    std::string text;
    std::string space; // what stands behind it: blanks and comments
};

// Returns the words of the text; joined with their spaces they are the text again, apart from space
// in front. A literal that does not end is as long as the text.
std::vector<SqlWord> sql_words(const std::string& text);

} // namespace relayctl
