#include "core/inspect/opened_table.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace relayctl {

namespace {

constexpr std::array<std::string_view, 7> file_types
    = { "hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash" };
constexpr std::array<std::string_view, 3> pattern_types = { "regexp", "pcre", "cidr" };
constexpr std::array<std::string_view, 6> inner_types
    = { "static", "inline", "fail", "pipemap", "unionmap", "randmap" };

template <typename Types> bool is_one_of(const std::string& type, const Types& types)
{
    return std::find(types.begin(), types.end(), type) != types.end();
}

} // namespace

std::string path_for_smtpd(const std::string& name, const ServiceFacts& facts)
{
    return name.empty() || name.front() == '/' ? name
                                               : facts.parameter("queue_directory") + '/' + name;
}

std::optional<OpenedTable> opened_table(const std::string& name, const ServiceFacts& facts)
{
    const std::size_t colon = name.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == name.size()) {
        return std::nullopt;
    }
    const TableName configured = TableName::parse(name);
    OpenedTable opened{ configured.behind_proxy(), configured.type == "proxy", false };
    if (opened.by_proxy) {
        const auto allowed = split_list(facts.parameter("proxy_read_maps"));
        opened.is_forbidden = std::find(allowed.begin(), allowed.end(), name) == allowed.end();
    }
    if (is_named_by_file(opened.table)) {
        opened.table.path = path_for_smtpd(opened.table.path, facts);
    }
    return opened;
}

bool answers_anywhere(const std::string& type)
{
    return is_one_of(type, file_types) || is_one_of(type, pattern_types)
        || is_one_of(type, inner_types);
}

bool is_named_by_file(const TableName& table)
{
    return is_one_of(table.type, file_types)
        || (is_one_of(table.type, pattern_types) && !table.path.starts_with('{'))
        || (table.type == "pgsql" && table.path.starts_with('/'));
}

bool has_listed_keys_only(const std::string& type)
{
    return is_one_of(type, file_types);
}

} // namespace relayctl
