// Why a client is let in that no table of relay_clientcerts lists.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/audit/stages.hpp"

#include <vector>

namespace relayctl {

struct PermitQuestion {
    bool needs_tls = false; // without TLS there is no service
    bool unseen_is_silent = false; // of Question
};

// What permits a client that relays, as far as it is not permit_tls_clientcerts: an error where
// strangers are let in as well, a note where it is this client alone. stages: of the client.
std::vector<Finding> explain_permits(const ServiceFacts& facts, const std::vector<Stage>& stages,
    const PermitQuestion& question, const Repair& repair);

// Whether a list lets a client pass: surely, or if what cannot be seen has nothing to say.
bool passes(const ListVerdict& verdict, bool unseen_is_silent);

// A sentence for networks that take in more than anybody's own.
std::string networks_hint(const std::string& parameter);

// smtpd fails at an entry of mynetworks that this list asks: facts.mynetworks_fault.
Finding networks_fault(const ServiceFacts& facts, const std::string& list);

// The command that makes permit_tls_clientcerts of permit_tls_all_clientcerts in this list and in
// the classes that it names. Empty where it cannot be pasted.
std::string listed_only_command(
    const ServiceFacts& facts, const std::string& list, const Repair& repair);

} // namespace relayctl
