// The JSON outputs. "schema" comes first, keys have a fixed order and are only ever added, and the
// text is ASCII. docs/schema has their schemas.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/revocation.hpp"
#include "core/audit/verdict.hpp"
#include "core/operations/change_report.hpp"
#include "core/operations/check.hpp"
#include "core/operations/verify.hpp"
#include "core/store/sql/sql_init.hpp"
#include "core/store/store.hpp"
#include "core/table/document.hpp"
#include "core/x509/certificate.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// The version of nlohmann/json: "3.11.2".
std::string json_library_version();

// outcomes: at least one; the first gives "table" and "map", and if there are several, all of them
// stand in "tables". verdict: what the services said after a removal; null if they were not asked.
void write_json_change(std::ostream& out, const std::vector<TableOutcome>& outcomes, bool dry_run,
    const RevocationVerdict* verdict = nullptr);

// Writes what copy did, and the commands by which Postfix asks the copy.
void write_json_copy(std::ostream& out, const std::string& from, const std::string& to,
    const CopyResult& result, const std::vector<std::string>& commands, bool dry_run);

// Writes what init did: the statements that were run, and those that would add missing columns.
void write_json_init(std::ostream& out, const std::string& table, const InitResult& result);

// What list --state-id computes of one table.
struct TableState {
    std::string table;
    std::string id;
};

// tables: at least one.
void write_json_state_ids(std::ostream& out, const std::vector<TableState>& tables);

// encoding: which of the two encodings of a key the server here digests.
void write_json_fingerprints(std::ostream& out, const Digest& digest, KeyEncoding encoding,
    const std::vector<CertificateFile>& files);

// tables: those that were judged, at least one; the first one is also "table".
void write_json_verify(std::ostream& out, const std::vector<TableHealth>& tables,
    const std::string& digest, bool ok, const std::vector<Finding>& findings,
    const std::vector<LiveService>& live);

// would_relay: by any service; no value if that depends on something unknown.
void write_json_check(
    std::ostream& out, std::optional<bool> would_relay, const std::vector<CheckAnswer>& answers);

} // namespace relayctl
