// Judges what the running smtpd showed against what the configuration says of it.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/audit/transport.hpp"
#include "core/inspect/service_facts.hpp"

#include <string>
#include <vector>

namespace relayctl {

// Makes the transport, which was judged by the configuration, that of the running smtpd, and
// returns the findings about what differs. They are errors if a client that relays by the
// configuration does not relay now, else warnings. Nothing changes if nobody looked at the service,
// or if nothing follows from what was seen. Of a service behind postscreen only counts whether
// there is one: what postscreen shows need not be what smtpd shows.
std::vector<Finding> follow_running_service(
    Transport& transport, const ServiceFacts& facts, const Repair& repair);

// Says of which services the running smtpd was not seen, and why: one sentence for each reason.
std::vector<std::string> unseen_services(const std::vector<LiveService>& services);

} // namespace relayctl
