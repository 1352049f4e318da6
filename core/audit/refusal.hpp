// Why a client does not relay, or why that depends on what cannot be seen.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/listing.hpp"
#include "core/audit/repair.hpp"
#include "core/audit/stages.hpp"
#include "core/audit/transport.hpp"

#include <optional>
#include <vector>

namespace relayctl {

// What is known of a client before it is said why it does not relay.
struct RefusalQuestion {
    const Client& client;
    const Transport& transport;
    const std::vector<Stage>& stages; // of the client
    const std::vector<ClientFingerprint>& fingerprints; // what smtpd computes of the client
    // Whether the tables list the client; none: its listing was assumed, so it is no reason.
    std::optional<Listing> listing;
    bool is_disguised = false; // it depends on whom smtpd takes the client for
};

// Returns the reasons, what decides first in front, each with what mends it. It is not asked for a
// client that relays.
std::vector<Finding> explain_refusal(
    const ServiceFacts& facts, const RefusalQuestion& question, const Repair& repair);

} // namespace relayctl
