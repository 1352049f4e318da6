// The JSON outputs: "schema" first, keys in fixed order and only ever added, always valid UTF-8.
// The only room that knows json.hpp.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/revocation.hpp"
#include "core/audit/verdict.hpp"
#include "core/operations/change_report.hpp"
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

// "3.11.2"
std::string json_library_version();

// outcomes: one, or of several tables the first for `table` and `map`, and all of them in `tables`.
// verdict: what the services said after a removal; null where they were not asked.
void write_json_change(std::ostream& out, const std::vector<TableOutcome>& outcomes, bool dry_run,
    const RevocationVerdict* verdict = nullptr);

void write_json_copy(std::ostream& out, const std::string& from, const std::string& to,
    const CopyResult& result, const std::vector<std::string>& commands, bool dry_run);

void write_json_init(std::ostream& out, const std::string& table, const InitResult& result);

// What `list --state-id` computes of one table.
struct TableState {
    std::string table;
    std::string id;
};

void write_json_state_ids(std::ostream& out, const std::vector<TableState>& tables);

void write_json_fingerprints(
    std::ostream& out, const Digest& digest, const std::vector<CertificateFile>& files);

// tables: those that were judged, the first one also as `table`.
void write_json_verify(std::ostream& out, const std::vector<TableHealth>& tables,
    const std::string& digest, bool ok, const std::vector<Finding>& findings);

// would_relay: of all services together; no value where it depends on what cannot be seen.
void write_json_check(
    std::ostream& out, std::optional<bool> would_relay, const std::vector<Verdict>& verdicts);

} // namespace relayctl
