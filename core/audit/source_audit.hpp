// Judges the text of a table, above all what postmap accepts without a word, or with a warning and
// status 0.
#pragma once

#include "core/audit/finding.hpp"
#include "core/postfix/table_name.hpp"
#include "core/x509/digest.hpp"

#include <string_view>
#include <vector>

namespace relayctl {

// Returns the findings in the order of the lines. text: the source of `table`. digest: the one that
// smtpd computes.
std::vector<Finding> audit_source(
    std::string_view text, const TableName& table, const Digest& digest);

} // namespace relayctl
