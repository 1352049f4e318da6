// What verify found, in the forms that monitoring systems read.
#pragma once

#include "app/cli/exit_status.hpp"
#include "core/operations/verify.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace relayctl {

// Writes gauges in the text format that node_exporter's textfile collector reads, each with a value
// for each table. A gauge that is not known of a table has no value for it.
void write_prometheus(std::ostream& out, const std::vector<TableHealth>& tables);

// Writes one line as the guidelines of the Monitoring Plugins want it: text, '|', performance data.
void write_nagios(std::ostream& out, const TableHealth& health);
// Returns the status that belongs to that line: critical if there is an error, warning if there is
// a warning, else ok.
ExitStatus nagios_status(const TableHealth& health);

// Writes the line of a plugin that could not find out anything.
void write_nagios_unknown(std::ostream& out, const std::string& reason);

} // namespace relayctl
