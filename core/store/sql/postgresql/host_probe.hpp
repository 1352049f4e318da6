// What a database answers to Postfix: asked with its file, its role and, where the server looks at
// that, its user.
#pragma once

#include "core/store/sql/postgresql/pgsql_file.hpp"
#include "core/store/sql/postgresql/pgsql_query.hpp"

#include <string>
#include <vector>

namespace relayctl {

struct HostProbe {
    std::string host; // as people may see it
    std::string problem; // why it did not answer; empty where it did
    bool is_connected = false;
    std::string state; // SQLSTATE of the problem, where the server gave one
    std::vector<bool> found; // for each key, whether there is a row with a value
    std::vector<std::string> values; // of the first row
};

// Every host of the file, since smtpd takes one of them at random. owner: mail_owner, as whom smtpd
// and proxymap connect (they have given up root by then; pg_hba.conf can ask who connects to a
// socket). encoding: encoding_of(). Errors: ErrorKind::postfix where libpq is not there.
std::vector<HostProbe> probe_hosts(const PgsqlFile& file, const PgsqlQuery& query,
    const std::vector<std::string>& keys, const std::string& owner, const std::string& encoding);

} // namespace relayctl
