// Whether the tables of relay_clientcerts list a client, by which entry, and if not, what comes
// closest.
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
    std::uint32_t line = 0; // 0: the source does not have it
};

struct Listing {
    Listed listed = Listed::no;
    const TableFacts* decided_by = nullptr; // the table that has the entry, fails or cannot be seen
    std::optional<Match> match;
};

// maps_find() for each fingerprint, as permit_tls_clientcerts() asks: the first hit or failure in
// the list of tables ends it.
Listing look_up(const ServiceFacts& facts, const Client& client);

// Why the listing is what it is, where that is worth saying: not listed (and what is near), a table
// that fails or that lets everybody in, a map and a source that differ.
std::vector<Finding> explain_listing(
    const Listing& listing, const ServiceFacts& facts, const Client& client, const Repair& repair);

// What to do about a table that lists more than its fingerprints. Taken out of relay_clientcerts by
// a command only where it lists everybody and another table stays; else in words, since clients
// relay by it.
std::string hint_for_wide_table(
    const TableFacts& table, const ServiceFacts& facts, const Repair& repair);

} // namespace relayctl
