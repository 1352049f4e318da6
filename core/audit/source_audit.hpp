// Judges the text of a table, above all what postmap accepts without a word, or with a warning and
// status 0.
#pragma once

#include "core/audit/duplicate_audit.hpp"
#include "core/audit/finding.hpp"
#include "core/postfix/table_name.hpp"
#include "core/table/scanner.hpp"
#include "core/table/source_part.hpp"
#include "core/x509/digest.hpp"

#include <functional>
#include <vector>

namespace relayctl {

// What a part of a source has. Parts are judged in parallel, so that none of them has to stay in
// memory.
struct PartAudit {
    std::vector<Finding> findings; // in the order of the lines
    std::vector<ListedKey> keys; // of its entries, likewise
    bool has_comments = false;
};

// Is called with each entry, as the scanner gives it.
using EntryLineVisitor = std::function<void(const LogicalLine& line)>;

// Judges the lines of a part of the source of `table`. digest: the one that smtpd computes.
// visit_entry: may be empty.
PartAudit audit_part(const SourcePart& part, const TableName& table, const Digest& digest,
    const EntryLineVisitor& visit_entry);

// Returns the findings of all parts, which come in their order, and what only the whole source
// shows: duplicates, and that it is empty. All are in the order of the lines.
std::vector<Finding> audit_source(
    std::vector<PartAudit> parts, const TableName& table, const TextFrom& text_from);

// The same for a source that is in memory.
std::vector<Finding> audit_source(
    const std::string& text, const TableName& table, const Digest& digest);

} // namespace relayctl
