// Findings about a table and its entries, in short.
#pragma once

#include "core/audit/finding.hpp"
#include "core/inspect/service_facts.hpp"

#include <utility>

namespace relayctl {

inline Finding finding(Severity severity, const char* id, std::string message, std::string hint)
{
    return { severity, id, "", 0, 0, std::move(message), std::move(hint) };
}

// Returns the finding with file and line of this entry.
inline Finding at(const TableFacts& table, const Entry& entry, Finding found)
{
    found.file = table.source_path;
    found.line = entry.line;
    return found;
}

} // namespace relayctl
