// What lets strangers in: clients that no table lists and that are not of the administrator's
// networks.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/base/time.hpp"
#include "core/inspect/service_facts.hpp"

#include <string>
#include <vector>

namespace relayctl {

// facts: gathered for unknown_client(), from no address. An error where a stranger relays, or does
// once he claims the right thing; a warning where that takes an address that few have.
std::vector<Finding> audit_strangers(const ServiceFacts& facts, Time now, const Repair& repair);

// A qmqpd of master.cf, and how much of the Internet its qmqpd_authorized_clients takes in. It has
// no restrictions: who may connect, relays. Fact: qmqpd(8).
struct QmqpService {
    std::string name; // "628/inet"
    std::string clients;
    Width width = Width::narrow;
};

std::vector<Finding> audit_qmqp(const QmqpService& service);

} // namespace relayctl
