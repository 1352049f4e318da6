// A table in a database: its pgsql_table(5) file, and what its servers answer.
#pragma once

#include "core/base/trust.hpp"
#include "core/postfix/services.hpp"
#include "core/store/sql/host_probe.hpp"
#include "core/store/sql/lookup_query.hpp"
#include "core/store/sql/table_shape.hpp"

#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// The file of one table, its rights, and what its servers answered.
struct DatabaseFacts {
    DatabaseFile file; // as Postfix reads it
    LookupQuery query;
    std::optional<TableShape> shape; // no value if the rows of the table cannot be read or changed
    struct stat status { };
    bool is_hidden_by_mode = false; // mail_owner cannot read it once it is taken from others
    std::optional<struct stat> admin_status; // of admin_file_of(file.path)
    std::optional<WeakPoint> weak; // what weak_point() says of the file
    std::optional<WeakPoint> admin_weak; // what weak_file() says of the administrator's file
    std::vector<HostProbe> probes; // asked for a fingerprint that nobody has
    std::vector<Service> services; // with their overrides
    std::string mail_version; // empty if it is not known
};

} // namespace relayctl
