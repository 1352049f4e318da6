// What is wrong with how Postfix is set up to use the tables, before any client meets it.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/audit/stranger_audit.hpp"
#include "core/base/time.hpp"
#include "core/base/trust.hpp"
#include "core/inspect/service_facts.hpp"

#include <set>
#include <string>
#include <vector>

namespace relayctl {

struct ConfigurationFacts {
    std::vector<ServiceFacts> services; // gathered for unknown_client()
    std::vector<QmqpService> qmqp_services;
    std::vector<TableName> tables; // those that are verified
    std::string main_cf; // where the findings are said to be
    bool digest_is_explicit
        = true; // smtpd_tls_fingerprint_digest is set, not left to compatibility_level
    std::vector<std::string> other_files; // sources with fingerprints that no service asks
    std::vector<WeakPoint>
        writable; // configuration files, or directories on the way to them, that others may write
    Time now;
};

// Findings of services that have the same to say come once, with the names of the services.
std::vector<Finding> audit_configuration(const ConfigurationFacts& facts, const Repair& repair);

// Whether the administrator means this service to ask for certificates: a restriction of it says
// so.
bool means_certificates(const ServiceFacts& facts);

// Whether the table is one of relay_clientcerts, whatever wrappers it has there.
bool asks_table(const ServiceFacts& facts, const TableName& table);

} // namespace relayctl
