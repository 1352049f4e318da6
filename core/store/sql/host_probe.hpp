// What the servers of a database answer to Postfix, asked with its file, its role and, where the
// server looks at that, its user.
#pragma once

#include "core/store/sql/database_file.hpp"
#include "core/store/sql/lookup_query.hpp"

#include <string>
#include <vector>

namespace relayctl {

// What one host has answered.
struct HostProbe {
    std::string host; // without passwords
    std::string problem; // why it did not answer; empty if it did
    bool is_connected = false;
    std::string state; // SQLSTATE of the problem, if the server gave one
    std::vector<bool> found; // for each key, true if there is a row with a value
    std::vector<std::string> values; // the value of the first row, for each key
};

// Asks every host of the file, since smtpd takes one of them at random. owner: mail_owner, as whom
// smtpd and proxymap connect (they have given up root by then, and pg_hba.conf can ask who connects
// to a socket). encoding: that of encoding_of(). Errors: those of database_of();
// ErrorKind::database if the client library is missing.
std::vector<HostProbe> probe_hosts(const DatabaseFile& file, const LookupQuery& query,
    const std::vector<std::string>& keys, const std::string& owner, const std::string& encoding);

} // namespace relayctl
