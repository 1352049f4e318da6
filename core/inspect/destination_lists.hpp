// Whether the server takes an invented destination for one of its own.
#pragma once

#include "core/inspect/key_lookup.hpp"
#include "core/inspect/service_facts.hpp"

#include <map>
#include <string>

namespace relayctl {

// Asks mydestination, virtual_alias_domains, virtual_mailbox_domains and relay_domains, and if one
// of them takes in every invented domain, the tables of its recipients. resolver: the parameters of
// the trivial-rewrite that smtpd asks; it decides which destinations are ours, whatever -o options
// smtpd has. label: see random_label(). Spawns "postmap -q", once for each table.
Elsewhere ask_destinations(KeyLookup& tables, const ServiceFacts& facts,
    const std::map<std::string, std::string>& resolver, const std::string& label);

// Returns letters that no domain of anybody begins with.
std::string random_label();

} // namespace relayctl
