// What is wrong with a table in a database: its pgsql_table(5) file, what its servers answer, and
// its rows.
#pragma once

#include "core/audit/finding.hpp"
#include "core/base/trust.hpp"
#include "core/postfix/services.hpp"
#include "core/postfix/table_name.hpp"
#include "core/store/sql/host_probe.hpp"
#include "core/store/sql/lookup_query.hpp"
#include "core/store/sql/table_shape.hpp"
#include "core/table/document.hpp"
#include "core/x509/digest.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

struct DatabaseFacts {
    DatabaseFile file; // as Postfix reads it
    LookupQuery query;
    std::optional<TableShape> shape;
    struct stat status { };
    std::optional<struct stat> admin_status; // of admin_file_of(file.path)
    std::optional<WeakPoint> weak; // what weak_point() says of either
    std::optional<WeakPoint> admin_weak;
    std::vector<HostProbe> probes; // asked for a fingerprint that nobody has
    std::vector<Service> services; // with their overrides
    std::string mail_version; // empty = not known
};

// Of the file and the servers.
std::vector<Finding> audit_database(const DatabaseFacts& facts);

// Of the rows, handed in part by part.
class RowAudit {
public:
    // All must outlive it. mail_version: of Postfix; empty = not known.
    RowAudit(const TableName& table, const Digest& digest, const std::string& mail_version);

    void add(const Document& part);
    std::vector<Finding> take() { return std::move(findings_); }

private:
    void examine(const Document& part, const Entry& entry);
    void add(Severity severity, const char* id, std::string message, std::string hint);

    const TableName& table_;
    const Digest& digest_;
    bool is_latin_ = false;
    std::string last_key_; // rows come by key
    std::vector<Finding> findings_;
};

// What an annotation cannot be kept in, or what of it this role may not read.
Finding columns_missing(const TableName& table, const std::string& names);
Finding columns_hidden(const TableName& table, const std::string& names);

} // namespace relayctl
