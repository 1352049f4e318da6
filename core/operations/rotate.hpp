// Lists a renewed certificate, and sets the date from which prune removes the former entries.
#pragma once

#include "core/operations/change.hpp"
#include "core/operations/client.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace relayctl {

constexpr std::chrono::seconds default_grace = std::chrono::hours(14 * 24);

// What "rotate" is asked for.
struct RotateRequest {
    std::string host;
    // The new certificate as a client of each of TableAccess::tables, in their order: services may
    // compute different digests.
    std::vector<NewClient> clients;
    std::chrono::seconds grace = default_grace; // how long the former entries stay
    bool create = false; // list a host that is unknown
    Time now;
    ChangeOptions change;
    std::string hint_if_unknown = "for a new client: relayctl add, or --create";
};

// What came of a rotation.
struct RotateResult {
    ChangeResult change;
    std::vector<TableName> tables; // that the rotation was about
};

// Rotates in each table where the host stands, else in the one that new entries go to. What is
// refused is refused before any table is changed. Errors: ErrorKind::refused where the host is not
// listed, without `create`, or where the certificate is listed for another host; ErrorKind::usage
// where the host cannot be one, or the grace ends after the year 9999; those of change_table().
RotateResult rotate(const TableAccess& access, const RotateRequest& request, Observer& observer);

} // namespace relayctl
