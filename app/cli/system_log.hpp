// The audit trail in the system log, beside the lines of Postfix: what was changed in a table, by
// whom, and what was refused or failed.
#pragma once

#include "core/base/caller.hpp"
#include "core/base/error.hpp"
#include "core/operations/change_report.hpp"

#include <string>
#include <vector>

namespace relayctl {

// Writes lines of the facility "mail" as "relayctl" by syslog(3). Where nobody listens, as in a
// chroot, they are lost, and no command fails for that. Until begin() it writes nothing.
class SystemLog {
public:
    // From here on what a command does is logged. words: as they were typed.
    void begin(Caller caller, std::string command, const std::vector<std::string>& words);

    // One line for each entry that was changed; of a mass of them the first thousand, and one line
    // that counts the others.
    void changed(const TableOutcome& outcome);
    // A line about a whole table. status: "rebuilt", "copied".
    void changed(const TableName& table, const std::string& status, const std::string& more = "");
    // One of several tables failed.
    void failed(const TableName& table, const std::string& reason);
    // The command ended with this error. Nothing if failed() has named the table.
    void failed(const Error& error, const std::string& state);
    // Somebody was asked and said no.
    void declined();

private:
    std::string beginning() const;
    std::string with_words() const;

    Caller caller_;
    std::string command_; // empty until begin()
    std::string words_;
    bool has_changed_ = false;
    bool has_failed_ = false;
};

// Returns "NAME=VALUE" for a line of the log. The value is in double quotes where it has anything
// but printable characters without blanks, commas and quotes, and of a long one only the beginning
// is there: nothing that it says can end the line, or look like another field.
std::string log_field(const std::string& name, const std::string& value, std::size_t most = 255);

} // namespace relayctl
