// How Postfix is set up to use the tables that are verified.
#pragma once

#include "core/base/time.hpp"
#include "core/base/trust.hpp"
#include "core/inspect/service_facts.hpp"
#include "core/postfix/table_name.hpp"

#include <string>
#include <vector>

namespace relayctl {

// What was found out before the configuration is judged; core/audit reads nothing else.
struct ConfigurationFacts {
    std::vector<ServiceFacts> services; // asked for unknown_client()
    std::vector<QmqpService> qmqp_services;
    std::vector<TableName> tables; // those that are verified
    std::vector<TableName> missing_tables; // of these, text tables whose source does not exist
    std::string main_cf; // its path, where the findings are said to be
    // smtpd_tls_fingerprint_digest is set, and not left to compatibility_level.
    bool digest_is_explicit = true;
    std::vector<std::string> other_files; // sources with fingerprints that no service asks
    // Configuration files, or directories on the way to them, that others may write.
    std::vector<WeakPoint> writable;
    Time now;
};

} // namespace relayctl
