// What verify says of a text that is in memory.
#pragma once

#include "core/audit/source_audit.hpp"

#include <string>
#include <vector>

namespace relayctl {

inline std::vector<Finding> audited_text(
    const std::string& text, const TableName& table, const Digest& digest)
{
    std::vector<PartAudit> parts;
    parts.push_back(audit_part({ text, 0, 0 }, table, digest, {}));
    return audit_source(
        std::move(parts), table, [&](std::size_t begin) { return text.substr(begin); });
}

} // namespace relayctl
