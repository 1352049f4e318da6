#include "app/map_look.hpp"

#include "core/audit/commands.hpp"
#include "core/audit/map_audit.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/postfix/map_file.hpp"

#include <unistd.h>

#include <functional>

namespace relayctl {

namespace {

Finding map_finding(Severity severity, const char* id, const std::string& map, std::string message,
    std::string hint)
{
    return { severity, id, map, 0, 0, std::move(message), std::move(hint) };
}

// What keeps Postfix from reading the map at all.
std::optional<Finding> obstacle_of_map(const Context& context, const TableName& table)
{
    const std::string map = find_map_file(table);
    const std::string rebuild = rebuild_command(context, table, true);
    if (!stat_of(map)) {
        return map_finding(Severity::error, "map-missing", map,
            "the map does not exist: every client that presents a certificate gets 451", rebuild);
    }
    if (::access(map.c_str(), R_OK) != 0) {
        return map_finding(Severity::error, "map-unreadable", map,
            "the map cannot be read by this user", "run relayctl verify as root");
    }
    const std::string type = map_file_type(map);
    const bool is_berkeley = table_type(type).is_berkeley_db;
    if ((is_berkeley || type == "unknown" || type == "empty") && type != table.type) {
        return map_finding(Severity::error, "map-other-type", map,
            is_berkeley
                ? "the map is of type " + type + ", not " + table.type + ": Postfix cannot open it"
                : "the file is no map" + std::string(type == "empty" ? ", it is empty" : "")
                    + ": Postfix cannot open it",
            rebuild);
    }
    return std::nullopt;
}

// What keeps postmap from telling all of it, if anything does.
std::optional<Finding> dump_map(
    Context& context, const TableName& table, const std::function<void(std::string_view)>& record)
{
    try {
        context.postfix().dump_map(table, record);
    } catch (const Error& error) {
        if (!context.postfix().is_installed() && table.traits().dump != RecordDump::by_relayctl) {
            throw;
        }
        return map_finding(Severity::error, "map-unreadable", find_map_file(table),
            std::string("the map cannot be read: ") + error.what(),
            rebuild_command(context, table));
    }
    return std::nullopt;
}

} // namespace

std::string rebuild_command(const Context& context, const TableName& table, bool reload)
{
    return Commands(context.options.config_directory)
        .relayctl("rebuild", table.to_string(), reload ? "--reload" : "");
}

MapLook::MapLook(Context& context, const TableName& table)
    : context_(context)
    , table_(table)
    , obstacle_(obstacle_of_map(context, table))
{
    if (!obstacle_) {
        sum_ = std::async(std::launch::async, [this] {
            ContentSum sum;
            obstacle_
                = dump_map(context_, table_, [&](std::string_view record) { sum.add(record); });
            return sum;
        });
    }
}

std::vector<Finding> MapLook::compare(const Document& document)
{
    const bool is_same = sum_.valid() && content_of(document) == sum_.get();
    if (!obstacle_ && !is_same) { // told once more, to say how they differ
        MapAudit audit(document, table_.path, find_map_file(table_));
        obstacle_
            = dump_map(context_, table_, [&](std::string_view record) { audit.record(record); });
        if (!obstacle_) {
            return audit.findings();
        }
    }
    return obstacle_ ? std::vector{ *obstacle_ } : std::vector<Finding>();
}

} // namespace relayctl
