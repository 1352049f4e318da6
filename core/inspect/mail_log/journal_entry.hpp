// Entries of the journal, and of containers' logs, which are lines of JSON.
#pragma once

#include <string>
#include <string_view>

namespace relayctl {

// Returns the line that syslog would have of an entry as "journalctl -o json" writes it, or of a
// line that Docker keeps of a container's output ({"log": ..., "time": ...}). Empty if it is
// neither, or if the journal knows that a program of another name than smtpd has written it.
std::string line_of_entry(std::string_view json);

// Returns where journalctl goes on behind an entry; empty if this is none.
std::string cursor_of_entry(std::string_view json);

} // namespace relayctl
