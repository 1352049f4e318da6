// Entries whose clients have not come for long, as far as the mail log tells. All findings are
// notes: a log is a lower bound.
#pragma once

#include "core/audit/finding.hpp"
#include "core/base/time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// An entry that was not seen for as long as somebody asks for.
struct UnseenEntry {
    std::string table; // TYPE:PATH
    std::string file;
    std::uint32_t line = 0; // 0 for a row of a database
    std::string host;
    std::optional<Time> last; // no value if it was never seen
};

// since: from when on it is known who came.
Finding not_seen(const UnseenEntry& entry, Time since);

// The finding where the log does not tell enough. file: of the table. reason: what is not known,
// and why. hint: the command that changes it, or a sentence.
Finding log_incomplete(const std::string& file, const std::string& reason, const std::string& hint);

} // namespace relayctl
