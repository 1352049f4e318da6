// Which type Postfix opens for hash: and btree: where Berkeley DB is going away or gone: 3.11 and
// later, NON_BERKELEYDB_README.
#pragma once

#include "core/postfix/table_name.hpp"

#include <optional>
#include <string>

namespace relayctl {

// The parameters of main.cf that decide it. All are empty for a Postfix that does not have them.
struct Redirection {
    std::string level = {}; // non_bdb_migration_level
    std::string custom_mapping = {}; // non_bdb_custom_mapping: a table, or empty
    std::string hash_type = {}; // default_database_type
    std::string btree_type = {}; // default_cache_db_type

    // Returns true if hash: and btree: are redirected at all.
    bool is_on() const { return level == "enable-redirect" || level == "enable-reindex"; }

    // Returns a hash: or btree: table as Postfix opens it. custom: what custom_mapping answers for
    // it. A type that is Berkeley DB or that relayctl does not know is not opened (Postfix refuses
    // the first); then the table is returned as it is.
    TableName opened(const TableName& table, const std::optional<std::string>& custom) const;
};

} // namespace relayctl
