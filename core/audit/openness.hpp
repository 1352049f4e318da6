// Why a client is let in that no table of relay_clientcerts lists.
#pragma once

#include "core/audit/commands.hpp"
#include "core/audit/finding.hpp"
#include "core/audit/stages.hpp"

#include <vector>

namespace relayctl {

// What permits a client that relays, as far as it is not permit_tls_clientcerts: an error where
// strangers are let in as well, a note where it is this client alone. stages: of the client.
// needs_tls: without TLS there is no service.
std::vector<Finding> explain_permits(const ServiceFacts& facts, const std::vector<Stage>& stages,
    bool needs_tls, const Commands& commands);

// A sentence for networks that take in more than anybody's own.
std::string networks_hint(const std::string& parameter);

} // namespace relayctl
