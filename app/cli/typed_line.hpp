// A command line that somebody is typing: what is due at its end.
#pragma once

#include "app/cli/context.hpp"
#include "app/cli/options.hpp"

#include <string>
#include <vector>

namespace relayctl {

// What a shell is to offer at the end of a line.
struct TypedLine {
    // What comes next: nothing that can be offered, a command, an option or a value.
    enum class Due { nothing, command, option, value };

    Due due = Due::nothing;
    CLI::App* command = nullptr; // nullptr if it is not typed yet
    OfferedValues values; // if a value is due, of an option or of an operand
    std::string given; // what there is of the last word; of "--sort=ho" only "ho"
    std::string before; // "--sort=" in that case
};

// words: those behind "relayctl", with no quotes any more; the last one, which may be empty, is the
// one that is being typed. What chooses Postfix, table and digest on this line is put into
// `options`.
TypedLine read_typed_line(
    CLI::App& app, const std::vector<std::string>& words, GlobalOptions& options);

} // namespace relayctl
