// The JSON of issue: the change, and the files that were made.
#pragma once

#include "core/operations/issue.hpp"

#include <iosfwd>
#include <string>

namespace relayctl {

// command: by which the client is listed elsewhere, ready to paste. server: that README.txt names.
void write_json_issue(std::ostream& out, const IssueResult& result, const ClientServer& server,
    const std::string& command, const std::vector<TableOutcome>& outcomes, bool dry_run);

} // namespace relayctl
