#include "core/inspect/opened_table.hpp"

#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

std::string path_for_smtpd(const std::string& name, const ServiceFacts& facts)
{
    return name.empty() || name.front() == '/' ? name
                                               : facts.parameter("queue_directory") + '/' + name;
}

std::optional<OpenedTable> opened_table(const std::string& name, const ServiceFacts& facts)
{
    const auto configured = TableName::parse_if_any(name);
    if (!configured) {
        return std::nullopt;
    }
    OpenedTable opened{ configured->behind_proxy(), configured->is_proxied(), false };
    // smtpd asks proxymap for the table by its whole name.
    if (opened.by_proxy) {
        const auto allowed = split_list(facts.parameter("proxy_read_maps"));
        // proxymap compares the whole name with proxy_read_maps, so a different spelling of the
        // path is forbidden, too.
        opened.is_forbidden = !TableName::parse_if_any(configured->path)
            || std::find(allowed.begin(), allowed.end(), name) == allowed.end();
    }
    if (is_named_by_file(opened.table)) {
        opened.table.path = path_for_smtpd(opened.table.path, facts);
    }
    return opened;
}

bool finds_every_key(const TableName& table)
{
    return table.type == "static";
}

bool is_named_by_file(const TableName& table)
{
    const TableFamily family = table.traits().family;
    const bool is_pattern = family == TableFamily::expressions || family == TableFamily::networks;
    return family == TableFamily::index || (is_pattern && !table.path.starts_with('{'))
        || (table.traits().is_database && table.path.starts_with('/'));
}

} // namespace relayctl
