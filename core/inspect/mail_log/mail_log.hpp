// Reads the mail log and tells who came with a certificate.
#pragma once

#include "core/base/error.hpp"
#include "core/inspect/mail_log/mail_log_facts.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// No file and no journal has the log of this Postfix, as in a container that writes it to its
// standard output.
struct NoMailLog : Error {
    using Error::Error;
};

// Which log is read, and what of it.
struct MailLogQuestion {
    // Files, plain or compressed by gzip, xz or zstd, in the order of their lines; "-" is standard
    // input. Empty: the log of this Postfix, which is maillog_file with its rotated ones, or else
    // what syslog writes (/var/log/mail.log, /var/log/maillog, /var/log/mail, each with its rotated
    // ones), or else the journal.
    std::vector<std::string> files;
    std::string maillog_file; // the parameter of main.cf; empty if syslog has the log
    // The tables of clients that smtpd asks, as relay_clientcerts names them, with or without
    // debug:. What debug: logs of other tables does not count, as clients choose what is asked.
    std::vector<std::string> tables;
    std::string mail_version; // of the Postfix that wrote the log; empty if it is not known
    std::optional<Time> since; // what came before is not told
    std::string position; // MailLogFacts::position of the last reading; empty if there was none
    // Keeps sessions that have no end yet in MailLogFacts::position instead of telling them. The
    // next reading tells them, once, with what the log has of them until then.
    bool keeps_open_sessions = false;
    Time now{}; // tells the year of lines without one, with the times of the files
};

// Reads the log and calls `tell` for each sighting, in the order in which the sessions ended.
// Memory does not grow with the size of the log. Throws ErrorKind::input if there is no such file,
// if it is of another kind, and if what is compressed is damaged; NoMailLog if no log is found;
// ErrorKind::permission and ErrorKind::system as throw_errno() does; and what `tell` throws.
MailLogFacts read_mail_log(
    const MailLogQuestion& question, const std::function<void(const Sighting&)>& tell);

} // namespace relayctl
