// A line that is being typed is not complete, so the parser would refuse it. This reader follows
// the same rules, but for each word it only needs to know whether the next one is a value, an
// operand or an option.
#include "app/cli/typed_line.hpp"

#include "app/cli/arguments.hpp"
#include "app/cli/help.hpp"

#include <CLI/CLI.hpp>

namespace relayctl {

namespace {

// "--sort=host" is a name and a value, "-thash:/x" as well.
struct OptionWord {
    std::string name;
    std::string before; // what of the word stands before the value
    bool has_value = false;
};

// Takes an option word apart. A short option needs no "=" in front of its value.
OptionWord split_option(const std::string& word)
{
    const std::size_t end = word.find('=');
    if (word.starts_with("--")) {
        return end == std::string::npos
            ? OptionWord{ word, word, false }
            : OptionWord{ word.substr(0, end), word.substr(0, end + 1), true };
    }
    return { word.substr(0, 2), word.substr(0, 2), word.size() > 2 };
}

// Reads the words of the line one after the other, as the parser would, but takes unfinished words
// and unknown options as they come.
class LineReader {
public:
    LineReader(CLI::App& app, GlobalOptions& options)
        : app_(app)
        , options_(options)
    {
    }

    // Takes in a word that is complete.
    void read(const std::string& word)
    {
        if (awaits_value_ != nullptr) {
            note_value(*awaits_value_, word);
            awaits_value_ = nullptr;
        } else if (!is_option(word)) {
            read_operand(word);
        } else if (word == "--") {
            only_operands_ = true;
        } else {
            const OptionWord split = split_option(word);
            CLI::Option* option = find_option(app_, line_.command, split.name);
            // An unknown option is taken for one without a value.
            if (option != nullptr && takes_value(*option)) {
                if (split.has_value) {
                    note_value(*option, word.substr(split.before.size()));
                } else {
                    awaits_value_ = option;
                }
            }
        }
    }

    // Takes in the word that is being typed, and returns what is due there.
    TypedLine finish(const std::string& word)
    {
        line_.given = word;
        if (awaits_value_ != nullptr) {
            expect_value(*awaits_value_, 0);
        } else if (is_option(word)) {
            const OptionWord split = split_option(word);
            CLI::Option* option = find_option(app_, line_.command, split.name);
            line_.due = TypedLine::Due::option;
            if (option != nullptr && split.has_value && takes_value(*option)) {
                line_.before = split.before;
                line_.given = word.substr(split.before.size());
                expect_value(*option, 0);
            }
        } else if (line_.command == nullptr) {
            line_.due = is_unknown_ ? TypedLine::Due::nothing : TypedLine::Due::command;
        } else {
            expect_operand();
        }
        return line_;
    }

private:
    // A "-" alone is an operand: it means standard input.
    bool is_option(const std::string& word) const
    {
        return !only_operands_ && word.starts_with('-') && word != "-";
    }

    // The first operand is the command. Behind one that does not exist nothing can be offered.
    void read_operand(const std::string& word)
    {
        if (line_.command != nullptr || is_unknown_) {
            ++operands_;
            return;
        }
        line_.command = find_command(app_, word);
        is_unknown_ = line_.command == nullptr || line_.command->get_group() == help_group::hidden;
    }

    // Notes the values that decide which tables and services are offered.
    void note_value(const CLI::Option& option, const std::string& value)
    {
        for (const auto& [name, variable] : { std::pair("--config-dir", &options_.config_directory),
                 std::pair("--postfix", &options_.postfix_directory),
                 std::pair("--table", &options_.table), std::pair("--service", &options_.service),
                 std::pair("--digest", &options_.digest) }) {
            if (&option == app_.get_option_no_throw(name)) {
                *variable = value;
            }
        }
    }

    // Says that a value of this option or operand is due.
    void expect_value(CLI::Option& option, std::size_t position)
    {
        line_.due = TypedLine::Due::value;
        line_.values = offered_values(option, position);
    }

    // Each operand takes as many words as it may, and the next one those behind them.
    void expect_operand()
    {
        // The number of the operand among all of the command, from 0.
        std::size_t position = operands_;
        for (CLI::Option* option : line_.command->get_options()) {
            if (!option->get_positional()) {
                continue;
            }
            const auto most = static_cast<std::size_t>(option->get_items_expected_max());
            if (position < most) {
                expect_value(*option, position);
                return;
            }
            position -= most;
        }
    }

    CLI::App& app_;
    GlobalOptions& options_;
    TypedLine line_;
    CLI::Option* awaits_value_ = nullptr; // the next word is its value
    std::size_t operands_ = 0;
    bool only_operands_ = false; // behind "--"
    bool is_unknown_ = false; // the command
};

} // namespace

TypedLine read_typed_line(
    CLI::App& app, const std::vector<std::string>& words, GlobalOptions& options)
{
    LineReader reader(app, options);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        reader.read(words[i]);
    }
    return reader.finish(words.empty() ? "" : words.back());
}

} // namespace relayctl
