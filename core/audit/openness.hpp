// Explains why a client relays that no table of relay_clientcerts lists.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/audit/stages.hpp"

#include <vector>

namespace relayctl {

// How a permission is to be judged.
struct PermitQuestion {
    bool needs_tls = false; // without TLS there is no service
    bool unseen_is_silent = false; // as in Question
};

// Returns what permits a client that relays, other than permit_tls_clientcerts: an error if it lets
// strangers in as well, a note if it lets in this client alone. stages: those of the client.
std::vector<Finding> explain_permits(const ServiceFacts& facts, const std::vector<Stage>& stages,
    const PermitQuestion& question, const Repair& repair);

// Returns whether a list lets a client pass. unseen_is_silent: what cannot be seen is taken to say
// nothing; else the client must pass whatever it says.
bool passes(const ListVerdict& verdict, bool unseen_is_silent);

// The hint about a list of networks that takes in strangers.
std::string networks_hint(const std::string& parameter);

// The finding about facts.mynetworks_fault, an entry of mynetworks at which smtpd fails. list: the
// restriction list that asks mynetworks.
Finding networks_fault(const ServiceFacts& facts, const std::string& list);

// Returns the command that replaces permit_tls_all_clientcerts by permit_tls_clientcerts in this
// list and in the classes that it names. Empty if there is no such command.
std::string listed_only_command(
    const ServiceFacts& facts, const std::string& list, const Repair& repair);

} // namespace relayctl
