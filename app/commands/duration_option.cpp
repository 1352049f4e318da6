#include "app/commands/duration_option.hpp"

#include "app/cli/value_kind.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"

#include <CLI/CLI.hpp>

namespace relayctl {

void add_duration_option(CLI::App& command, const std::string& name,
    std::optional<std::chrono::seconds>& duration, const std::string& description)
{
    const auto parse = [name, &duration](const std::string& text) {
        duration = parse_duration(text);
        if (!duration) {
            throw Error(ErrorKind::usage, name + ' ' + quote(text) + ": is no duration",
                { "a number and its unit, s, m, h, d or w: 14d" });
        }
    };
    command.add_option_function<std::string>(name, parse, description)
        ->type_name("DURATION")
        ->check(completed_as(ValueKind::duration));
}

} // namespace relayctl
