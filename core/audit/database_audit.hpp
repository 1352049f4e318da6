// What is wrong with a table in a database: its pgsql_table(5) file, what its servers answer, and
// its rows.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/inspect/database_facts.hpp"
#include "core/postfix/table_name.hpp"
#include "core/table/document.hpp"
#include "core/x509/digest.hpp"

#include <string>
#include <vector>

namespace relayctl {

// Judges the file, and what the servers have answered.
std::vector<Finding> audit_database(const DatabaseFacts& facts, const Repair& repair);

// Judges the rows, which are handed in part by part, in the order of their keys.
class RowAudit {
public:
    // All references must outlive it. mail_version: of Postfix; empty if it is not known.
    RowAudit(const TableName& table, const Digest& digest, const std::string& mail_version,
        const Repair& repair);

    // Judges one part. A part may be of any size; the last key of the part before is remembered for
    // duplicates.
    void add(const Document& part);
    // Returns the findings of all parts, in the order of the rows. Called once.
    std::vector<Finding> take() { return std::move(findings_); }

private:
    void examine(const Document& part, const Entry& entry);
    void add(Severity severity, const char* id, std::string message, std::string hint);

    const TableName& table_;
    const Digest& digest_;
    const Repair& repair_;
    bool is_latin_ = false;
    std::string last_key_; // of the row before
    std::vector<Finding> findings_;
};

// Returns the note about columns that the table does not have, and about those that this role may
// not read. names: the columns, joined by commas.
Finding columns_missing(const TableName& table, const std::string& names, const Repair& repair);
Finding columns_hidden(const TableName& table, const std::string& names);

} // namespace relayctl
