// A table of a service's configuration as the processes of Postfix open it.
#pragma once

#include "core/inspect/service_facts.hpp"
#include "core/postfix/table_name.hpp"

#include <optional>
#include <string>

namespace relayctl {

// The table that is really asked, and by which process.
struct OpenedTable {
    TableName table; // without "proxy:"; a relative file name begins in queue_directory
    bool by_proxy = false; // proxymap opens it, outside any chroot and as mail_owner
    bool is_forbidden
        = false; // proxymap does not open it: it has no type, or is not in proxy_read_maps
};

// Returns the path of a file that smtpd opens: a relative name begins in queue_directory, where
// master(8) starts smtpd.
std::string path_for_smtpd(const std::string& name, const ServiceFacts& facts);

// Returns no value if the name is no TYPE:NAME. facts: has the parameters of the service.
std::optional<OpenedTable> opened_table(const std::string& name, const ServiceFacts& facts);

// Returns true for a table that finds every key, with its own name as the value: static.
bool finds_every_key(const TableName& table);

// Returns whether the table is named by a file. Patterns can also stand in main.cf, in braces.
bool is_named_by_file(const TableName& table);

} // namespace relayctl
