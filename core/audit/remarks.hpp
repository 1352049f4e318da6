// What does not decide whether a client relays, but is worth knowing.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/listing.hpp"
#include "core/audit/repair.hpp"
#include "core/audit/transport.hpp"
#include "core/base/time.hpp"

#include <optional>
#include <vector>

namespace relayctl {

// What was found out of a client before the remarks are made.
struct RemarkQuestion {
    const Client& client;
    const Transport& transport;
    const std::optional<Match>& match; // the entry that lists it
    std::optional<bool> would_relay; // no value: it depends
    Time now;
};

// Returns warnings and notes, no errors: about the dates of the certificate, CAs, raw public keys
// and milters, and about what could not be looked at.
std::vector<Finding> remarks_on(
    const ServiceFacts& facts, const RemarkQuestion& question, const Repair& repair);

} // namespace relayctl
