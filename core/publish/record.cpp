#include "core/publish/record.hpp"

#include "core/base/file.hpp"
#include "core/postfix/map_file.hpp"

namespace relayctl {

namespace {

std::string line_of(const char* what, const struct stat& status)
{
    const FileIdentity id = FileIdentity::of(status);
    std::string line = what;
    for (const auto number : {static_cast<long long>(id.device), static_cast<long long>(id.inode),
                              static_cast<long long>(id.size), static_cast<long long>(id.modified_ns),
                              static_cast<long long>(id.changed_ns)}) {
        line += ' ' + std::to_string(number);
    }
    return line + '\n';
}

} // namespace

std::string pair_identity(const TableName& table)
{
    const auto source = stat_of(table.path);
    const auto map = table.has_map() ? stat_of(find_map_file(table)) : std::nullopt;
    if (!source || !map) {
        return {};
    }
    return "relayctl 1 published\n" + table.type + '\n' + line_of("source", *source) + line_of("map", *map);
}

} // namespace relayctl
