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
    OpenedTable opened{ *configured, false, false };
    // A wrapper may stand in another one: smtpd opens "debug:proxy:hash:F", and proxymap what
    // stands behind proxy:.
    while (opened.table.is_proxied()
        || (opened.table.type == "debug" && facts.has_changed(Change::debug_tables))) {
        const auto inner = TableName::parse_if_any(opened.table.path);
        // proxymap compares the whole name with proxy_read_maps, so a different spelling of the
        // path is forbidden, too.
        if (opened.table.is_proxied() && !opened.by_proxy) {
            opened.by_proxy = true;
            const auto allowed = split_list(facts.parameter("proxy_read_maps"));
            opened.is_forbidden = !inner
                || std::find(allowed.begin(), allowed.end(), opened.table.to_string())
                    == allowed.end();
        }
        if (!inner) {
            break;
        }
        opened.table = *inner;
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
