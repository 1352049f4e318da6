// Whether the standbys of a database have what its primary has.
#pragma once

#include "core/store/sql/postgresql/connection.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace relayctl {

struct ReplicaReport {
    std::size_t standbys = 0; // that are known: hosts of the file, and what the primary streams to,
                              // as far as this role may see it
    std::vector<std::string>
        behind; // "db2.example: 1234 bytes behind", "db3.example: does not answer"
};

// Asks until all have replayed what the primary has written by now, for `patience` at most. Asked
// are the other hosts of the file, which Postfix may ask next, and pg_stat_replication. Throws
// SqlFailure where the primary fails. Errors: ErrorKind::interrupted.
ReplicaReport wait_for_replicas(
    Connection& primary, const PgsqlFile& file, std::chrono::milliseconds patience);

} // namespace relayctl
