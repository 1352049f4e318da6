// One line of a log: who wrote it, and what it says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace relayctl {

// The parts of a line, which live as long as the line.
struct LogLine {
    std::string_view stamp; // for parse_stamp()
    std::string_view origin; // from the machine to the process: "mx postfix/submission/smtpd"
    std::string_view host; // the machine
    std::string_view process; // "postfix/submission/smtpd"
    std::uint64_t pid = 0;
    std::string_view message;
};

// Reads a line without its newline. parts: those of the line before, which is often alike, or empty
// ones; the text of that line must still live. Returns false if it is not a line that a process of
// the name "ANYTHING/smtpd" has written. Only what stands in front of the message
// decides: in a message of another process there may be text of a client.
bool read_smtpd_line(std::string_view line, LogLine& parts) noexcept;

} // namespace relayctl
