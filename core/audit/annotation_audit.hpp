// Judges the annotations of a table. Postfix looks at no date, so verify does.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/base/time.hpp"
#include "core/postfix/table_name.hpp"
#include "core/table/document.hpp"

#include <vector>

namespace relayctl {

// Returns a finding for each entry whose certificate has expired or that was to be retired by now,
// and for each annotation that cannot be used, in the order of the lines.
std::vector<Finding> audit_annotations(
    const Document& document, const TableName& table, Time now, const Repair& repair);

} // namespace relayctl
