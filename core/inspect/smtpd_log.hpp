// What the smtpd of this machine last wrote to the mail log about its own troubles.
#pragma once

#include <string>

namespace relayctl {

// What kind of message is looked for.
enum class SmtpdTrouble {
    fatal, // it ended
    tls_setup, // it disabled TLS as it started
    handshake, // it warned of TLS in a session
};

// Returns the message without time, host and process: "fatal: bad boolean configuration: ...".
// Empty if there is none in the last part of the log, or if the log cannot be read. maillog_file:
// the parameter of main.cf; if it is empty, the usual files of syslog are read. Only what stands
// behind the name of the process counts, since clients can have text of theirs in a message.
std::string last_trouble_of_smtpd(const std::string& maillog_file, SmtpdTrouble kind);

} // namespace relayctl
