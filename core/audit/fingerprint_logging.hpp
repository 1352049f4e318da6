// Whether smtpd logs which certificate a client presents, and the command that makes it do so.
#pragma once

#include "core/audit/repair.hpp"

#include <string>
#include <vector>

namespace relayctl {

// The parameters that decide it.
const std::vector<std::string>& logging_parameters();

// Returns whether the service logs the fingerprints of each certificate: by smtpd_tls_loglevel
// (tls_server_post_accept() in tls/tls_server.c), or by looking them up in a debug: table.
bool logs_fingerprints(const ServiceFacts& facts);

// Returns the command that makes these services log them, each in the place where its log level is
// set, with what else they log as it is. Empty if all do, or if no shell takes it.
std::string command_to_log_fingerprints(
    const std::vector<ServiceFacts>& services, const Repair& repair);

// Returns what that costs, as a sentence.
std::string cost_of_logging(const std::vector<ServiceFacts>& services);

} // namespace relayctl
