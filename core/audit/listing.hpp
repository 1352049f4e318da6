// Judges whether the tables of relay_clientcerts list a client, and by which entry.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/audit/restrictions.hpp"
#include "core/inspect/service_facts.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// The entry by which a client relays.
struct Match {
    std::string table;
    std::string kind; // "cert", "key" or ""
    std::string fingerprint;
    std::string host; // the value as the map gave it
    std::string file; // the source; empty where the table has none that can be read
    std::uint32_t line = 0; // 0 if the source does not have it
};

// The result of the lookup in all tables of a service.
struct Listing {
    Listed listed = Listed::no;
    const TableFacts* decided_by = nullptr; // the table that has the entry, fails or cannot be seen
    std::optional<Match> match;
};

// Looks up the client as permit_tls_clientcerts() does, with maps_find() for each fingerprint: the
// first table that has it, or that fails, decides.
Listing look_up(const ServiceFacts& facts, const Client& client);

// Returns what is wrong with the listing: the client is not listed, with what comes closest; a
// table fails or lets everybody in; a map and its source differ. Empty if all is well.
std::vector<Finding> explain_listing(
    const Listing& listing, const ServiceFacts& facts, const Client& client, const Repair& repair);

// Returns what to do about a table that lists more than its fingerprints. A command takes it out of
// relay_clientcerts only if it lists everybody and another table stays. Otherwise clients depend on
// it, so the hint is a sentence.
std::string hint_for_wide_table(
    const TableFacts& table, const ServiceFacts& facts, const Repair& repair);

} // namespace relayctl
