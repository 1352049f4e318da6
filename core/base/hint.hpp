// What helps after a failure: a sentence, or a command whose owner is elsewhere.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace relayctl {

// The rooms that throw know which command helps, and about which table; which Postfix instance it
// is about, only the command line knows. core/audit/repair makes the whole line of it.
struct Hint {
    std::string before; // a sentence; or what goes in front of the command, which ends the hint
    std::vector<std::string> command = {}; // "relayctl", "verify": without -c and -t, not quoted
    std::string table = {}; // TYPE:PATH for -t of relayctl; empty: without -t

    Hint(const char* sentence) // NOLINT(google-explicit-constructor): most hints are sentences
        : before(sentence)
    {
    }
    Hint(std::string sentence) // NOLINT(google-explicit-constructor)
        : before(std::move(sentence))
    {
    }
    Hint(std::string before_it, std::vector<std::string> words, std::string of_table = {})
        : before(std::move(before_it))
        , command(std::move(words))
        , table(std::move(of_table))
    {
    }
};

} // namespace relayctl
