// Judges whether a service still relays for a client that was removed, by whatever way.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/base/time.hpp"
#include "core/inspect/service_facts.hpp"
#include "core/postfix/table_name.hpp"

#include <map>
#include <string>
#include <vector>

namespace relayctl {

// Clients that were removed, as far as they are known. Of a certificate file every fingerprint is
// known; of an entry only the one that it had.
struct RevokedClients {
    Client client; // `listed` has the fingerprints, or it is a file
    std::map<Fingerprint, std::string> names; // the hosts of the fingerprints in `listed`
};

// One service that still relays, or of which that cannot be said, and for whom.
struct StillRelaying {
    std::string instance; // configuration directory of the Postfix instance
    std::string service; // "submission/inet"
    std::vector<std::string> clients; // hosts, or the name of the file
    Finding reason; // message: why, as a sentence about the service; hint: may be empty
};

// What all services say of the removed clients; both lists are empty if none of them relays.
struct RevocationVerdict {
    std::vector<StillRelaying> relaying;
    std::vector<StillRelaying> unsure; // for these it depends on what cannot be seen
};

// A removal that running services do not see before a reload, as they go on with what they have
// read of the table.
Finding reload_needed(const TableName& table, const Repair& repair);

// facts: asked for revoked.client. A fingerprint that is not in `listed` is taken to be listed
// nowhere: that the client may have other ones is for the caller to say. The judgement itself is
// that of judge().
void judge_revocation(const ServiceFacts& facts, const RevokedClients& revoked, Time now,
    const Repair& repair, RevocationVerdict& result);

} // namespace relayctl
