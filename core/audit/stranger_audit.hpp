// Judges what lets strangers in: clients that no table lists and that are not of the
// administrator's networks.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/base/time.hpp"
#include "core/inspect/service_facts.hpp"

#include <string>
#include <vector>

namespace relayctl {

// facts: asked for unknown_client(), from no address. An error where a stranger relays, or does
// once he claims the right thing; a warning where that takes an address that few have.
std::vector<Finding> audit_strangers(const ServiceFacts& facts, Time now, const Repair& repair);

// Returns the finding about a qmqpd service that takes mail from strangers; empty if its clients
// are few. qmqpd has no restrictions: who may connect may send anywhere.
std::vector<Finding> audit_qmqp(const QmqpService& service);

} // namespace relayctl
