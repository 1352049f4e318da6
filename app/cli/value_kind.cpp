#include "app/cli/value_kind.hpp"

#include "core/base/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string_view>

namespace relayctl {

namespace {

// CLI11 keeps nothing of ours with an option but the names of its validators.
constexpr std::string_view kinds_mark = "kinds:";
constexpr std::string_view words_mark = "words:";

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

} // namespace

CLI::Validator completed_as(std::vector<ValueKind> kinds)
{
    std::vector<std::string> numbers;
    for (const ValueKind kind : kinds) {
        numbers.push_back(std::to_string(static_cast<int>(kind)));
    }
    return { [](std::string&) { return std::string(); }, "", named(kinds_mark, numbers) };
}

CLI::Validator completed_as(ValueKind kind)
{
    return completed_as(std::vector<ValueKind>{ kind });
}

CLI::Validator one_of(std::vector<std::string> words)
{
    const std::string name = named(words_mark, words);
    const auto check = [words = std::move(words)](std::string& word) {
        return std::find(words.begin(), words.end(), word) != words.end()
            ? std::string()
            : quote(word) + " is none of " + join(words, ", ");
    };
    return { check, "", name };
}

OfferedValues offered_values(CLI::Option& option, std::size_t position)
{
    OfferedValues offered{ ValueKind::text, words_behind(option, words_mark) };
    const std::vector<std::string> kinds = words_behind(option, kinds_mark);
    if (!kinds.empty()) {
        offered.kind
            = static_cast<ValueKind>(std::stoi(kinds[std::min(position, kinds.size() - 1)]));
    }
    return offered;
}

} // namespace relayctl
