// The files that smtpd reads for TLS: its own certificates, and the CAs whose clients it trusts.
#pragma once

#include "core/inspect/service_facts.hpp"
#include "core/inspect/service_query.hpp"

namespace relayctl {

// Fills in certificate_problem, and adds to `unseen` what this user may not read. facts: has the
// parameters of the service. Fact: postconf(5), smtpd_tls_chain_files: if it is set, smtpd does not
// read the files that are named one by one.
void read_server_certificate(ServiceFacts& facts);

// Fills in authorities_problem and `trusted`, and adds to `unseen` what this user may not read.
// Whether a client is trusted is known only of one with a certificate file, or if the server has no
// CAs at all.
void read_authorities(ServiceFacts& facts, const ServiceQuery& query);

} // namespace relayctl
