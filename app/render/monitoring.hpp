// What verify found, for monitoring.
#pragma once

#include "app/cli/exit_status.hpp"
#include "core/operations/verify.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace relayctl {

// Gauges in the text format that node_exporter's textfile collector reads, with a value for each
// table.
void write_prometheus(std::ostream& out, const std::vector<TableHealth>& tables);

// One line, as the guidelines of the Monitoring Plugins have it: text, '|', performance data.
void write_nagios(std::ostream& out, const TableHealth& health);
ExitStatus nagios_status(const TableHealth& health);

// The same where nothing could be found out.
void write_nagios_unknown(std::ostream& out, const std::string& reason);

} // namespace relayctl
