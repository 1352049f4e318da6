// What verify found, for monitoring.
#pragma once

#include "app/cli/context.hpp"
#include "app/cli/exit_status.hpp"
#include "core/audit/finding.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What can be counted of a table.
struct Measures {
    bool is_known = true; // false: the entries could not be read
    std::uint64_t entries = 0;
    std::uint64_t expired = 0;
    std::uint64_t unknown_expiry
        = 0; // those of which nobody knows when they expire (has_unknown_expiry())
    std::optional<Time> soonest_expiry; // of those that have not expired
    std::optional<bool> map_is_current; // no value: there is none, or it was not looked at
};

struct Health {
    std::string table;
    Measures measures;
    std::vector<Finding> findings;
    bool is_sound;
    Time now;
};

// All of them as one, its name those of all: "hash:/a, hash:/b".
Health sum_of(const std::vector<Health>& tables);

// Gauges in the text format that node_exporter's textfile collector reads, with a value for each
// table.
void write_prometheus(std::ostream& out, const std::vector<Health>& tables);

// One line, as the guidelines of the Monitoring Plugins have it: text, '|', performance data.
void write_nagios(std::ostream& out, const Health& health);
ExitStatus nagios_status(const Health& health);

// The same where nothing could be found out.
void write_nagios_unknown(std::ostream& out, const std::string& reason);

} // namespace relayctl
