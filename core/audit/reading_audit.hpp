// Judges what smtpd says of its own configuration and, where it was not asked, the values of which
// it is known what it would say.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/audit/transport.hpp"
#include "core/inspect/service_facts.hpp"

#include <vector>

namespace relayctl {

// Makes the transport what smtpd says of it: a service that does not start, or has no TLS, does not
// relay, whatever else is found out about it. wants_tls: the configuration turns TLS on.
void follow_reading(
    Transport& transport, bool wants_tls, const ServiceFacts& facts, const Repair& repair);

// What does not decide: other warnings of smtpd, and that it was not asked.
std::vector<Finding> remarks_of_smtpd(const ServiceFacts& facts);

// Parameters that Postfix does not know, with the known ones that were probably meant.
std::vector<Finding> audit_unknown_parameters(const ServiceFacts& facts);

} // namespace relayctl
