// An option whose value is a duration: "0s", "12h", "14d".
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace relayctl {

// Parsing any other value throws ErrorKind::usage. name: "--grace". duration: outlives the command.
void add_duration_option(CLI::App& command, const std::string& name,
    std::optional<std::chrono::seconds>& duration, const std::string& description);

} // namespace relayctl
