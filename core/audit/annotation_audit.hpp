// What the annotations of a table say that somebody should know: Postfix looks at no date.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/base/time.hpp"
#include "core/postfix/table_name.hpp"
#include "core/table/document.hpp"

#include <vector>

namespace relayctl {

// Entries whose certificate has expired or whose grace is over, and annotations that cannot be
// used; in the order of the lines.
std::vector<Finding> audit_annotations(
    const Document& document, const TableName& table, Time now, const Repair& repair);

} // namespace relayctl
