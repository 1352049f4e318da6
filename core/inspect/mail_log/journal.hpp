// The mail log in the journal of systemd.
#pragma once

#include "core/inspect/mail_log/log_piece.hpp"

#include <functional>
#include <optional>
#include <string>

namespace relayctl {

// Returns true if journalctl is installed here.
bool has_journal();

// Calls take(facts) for the entries of mail in the journal, in their order. cursor: goes on behind
// this entry unless it is empty, and receives the last one. since: leaves out older ones. Throws
// ErrorKind::system if journalctl fails, and what run_process() and `take` throw.
void read_journal(const LogReading& reading, std::string& cursor, std::optional<Time> since,
    const std::function<void(LogPieceFacts&&)>& take);

// Returns the time of the last entry of mail. Has no value if there is none, or if the journal
// cannot be read.
std::optional<Time> last_in_journal();

} // namespace relayctl
