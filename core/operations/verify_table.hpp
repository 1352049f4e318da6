// Finds what is wrong with one table: its source and map, or its rows in a database.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/base/time.hpp"
#include "core/inspect/table_measures.hpp"
#include "core/postfix/postfix.hpp"
#include "core/store/store.hpp"
#include "core/x509/digest.hpp"

#include <functional>
#include <string>
#include <vector>

namespace relayctl {

// What is examined, and what counts as a problem.
struct VerifyOptions {
    bool reads_map = true;
    bool counts_entries = false; // fills the measures of a text table as well
    bool asks_postfix = true; // false: Postfix's configuration is neither read nor judged
    bool is_offline = false; // nobody connects to the running services
    bool is_strict = false; // warnings about the configuration count, too
    std::string service; // only the services of this name are judged; empty for all
    Repair repair; // for hints
    Time now;
};

// What was found about one table.
struct TableExamination {
    std::vector<Finding> findings;
    TableMeasures measures;
};

// Opens a table. Errors: those of open_store().
using StoreOpener = std::function<Store&(const TableName&)>;

// table: one that require_readable() accepts. digest: the one that the services which ask the table
// compute. Where another process publishes a change meanwhile, the table is read again, up to five
// times. Errors: those of reading the source of the table, or its pgsql_table(5) file. A database
// that cannot be read is a finding.
TableExamination verify_table(Postfix& postfix, const TableName& table, const StoreOpener& store,
    const Digest& digest, const VerifyOptions& options);

// Returns how the map of a table differs from its source, or what keeps Postfix from reading it.
// Empty if all is well.
std::vector<Finding> verify_map(
    Postfix& postfix, const TableName& table, const Document& source, const Repair& repair);

} // namespace relayctl
