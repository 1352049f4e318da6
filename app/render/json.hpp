// The JSON outputs: "schema" first, keys in fixed order and only ever added, always valid UTF-8. The only room that knows json.hpp.
#pragma once

#include "app/change_report.hpp"
#include "core/audit/finding.hpp"
#include "core/audit/verdict.hpp"
#include "core/publish/publish.hpp"
#include "core/table/document.hpp"
#include "core/x509/certificate.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// "3.11.2"
std::string json_library_version();

void write_json_change(std::ostream& out, const std::string& table, const Publication& publication, const ChangeReport& report, bool dry_run);

void write_json_state_id(std::ostream& out, const std::string& table, const std::string& state_id);

void write_json_fingerprints(std::ostream& out, const Digest& digest, const std::vector<CertificateFile>& files);

void write_json_verify(std::ostream& out, const std::string& table, const std::string& digest, bool ok,
                       const std::vector<Finding>& findings);

// would_relay: of all services together; no value where it depends on what cannot be seen.
void write_json_check(std::ostream& out, std::optional<bool> would_relay, const std::vector<Verdict>& verdicts);

} // namespace relayctl
