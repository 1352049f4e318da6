#include "core/operations/rebuild.hpp"

#include "core/base/text.hpp"
#include "core/operations/every_table.hpp"
#include "core/postfix/choose_table.hpp"
#include "core/postfix/source_file.hpp"

namespace relayctl {

namespace {

// Throws ErrorKind::input if there is no source to make a map of.
void require_source(const TableName& table)
{
    if (!table.is_database() && !open_source_if_any(table)) {
        throw Error(ErrorKind::input, escape(table.path) + ": no such file",
            { Hint("make it with its first client: ", { "relayctl", "add", "CERT", "HOST" },
                table.to_string()) });
    }
}

// Says why nothing is rebuilt for the table; empty if it has a map.
std::string why_without_map(const TableName& table)
{
    return table.has_map() ? ""
                           : escape(table.to_string()) + " has no map: "
            + (table.is_database() ? "the database is asked" : "the source is read") + " directly";
}

} // namespace

ChangeResult rebuild_maps(
    const TableAccess& access, const ChangeOptions& options, Observer& observer)
{
    ChangeOptions forced = options;
    forced.publish.force_rebuild = true;
    // The plan is empty, so of a database nothing is read.
    const Scope no_entries;
    EveryTable tables(access, forced, no_entries, observer);
    for (EveryTable::Member& member : tables.members()) {
        const TableName table = member.outcome.table;
        if (!is_changeable(table) || (table.is_database() && !tables.is_single())) {
            continue;
        }
        tables.attempt(member, [&] { require_source(table); });
        if (!member.failure) {
            tables.change(member, [&](const Document&, ChangeReport& report) {
                report.nothing_to_do = why_without_map(table);
                return Plan{};
            });
        }
    }
    return tables.result("not every map is rebuilt", { "mend it and run this again" });
}

} // namespace relayctl
