// Asks whether a client can log in to a service by the kind of its key.
#pragma once

#include "core/inspect/service_facts.hpp"
#include "core/inspect/service_query.hpp"

namespace relayctl {

// Fills in `login`, if the client's key is known. facts: has the parameters of the service.
void ask_login(ServiceFacts& facts, const ServiceQuery& query);

// Returns true if a list of protocols has this one, such as "TLSv1.3". Fact: tls_proto_mask_lims()
// in tls_misc.c.
bool has_protocol(const std::string& list, const std::string& protocol);

} // namespace relayctl
