// Reads a piece of a log: complete lines, of any processes.
#pragma once

#include "core/inspect/mail_log/session_part.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// What the reading of lines has to know.
struct LogReading {
    std::vector<std::string> tables; // of clients, without "debug:"
    // The key is told before the certificate where a table could not be asked. No value if the
    // version of Postfix is not known: then such a line tells no fingerprints.
    std::optional<bool> key_first;
};

// Returns what the lines tell. Lines that are not of smtpd count for the first and the last time
// only. Each line ends with a newline.
LogPieceFacts read_log_piece(std::string_view lines, const LogReading& reading);

} // namespace relayctl
