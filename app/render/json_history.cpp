#include "app/render/history.hpp"
#include "app/render/json_value.hpp"

#include <ostream>

namespace relayctl {

namespace {

Json json_of(const std::optional<EntryView>& entry)
{
    return entry ? relayctl::json_of(*entry) : Json();
}

// The entries of a change, each before and after it.
Json entries_of(const HistoryRecord& record)
{
    Json entries = Json::array();
    for (const EntryChange& change : record.entries()) {
        entries.push_back(
            { { "before", json_of(change.before) }, { "after", json_of(change.after) } });
    }
    return entries;
}

} // namespace

void write_json_history(std::ostream& out, const FoundHistory& found)
{
    Json changes = Json::array();
    for (const auto& [table, record] : found.changes) {
        changes.push_back({ { "number", record.number == 0 ? Json() : Json(record.number) },
            { "table", table.to_string() }, { "time", to_rfc3339(record.time) },
            { "user", or_null(record.user) }, { "sudo_user", or_null(record.sudo_user) },
            { "command", or_null(record.command) }, { "outside", record.is_outside() },
            { "undoes", record.undoes == 0 ? Json() : Json(record.undoes) },
            { "known", !record.is_unknown }, { "entries", entries_of(record) } });
    }
    write_json(out,
        { { "schema", 1 }, { "changes", std::move(changes) }, { "more", found.has_more },
            { "folded", found.folded } });
}

} // namespace relayctl
