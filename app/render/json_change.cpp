#include "app/render/json.hpp"
#include "app/render/json_value.hpp"

#include <algorithm>
#include <ostream>

namespace relayctl {

namespace {

// A changed entry is shown as it is afterwards; what has changed is told to people only.
Json json_of(const UpdatedEntry& updated)
{
    return json_of(updated.entry);
}

// Returns the items as an array, each as json_of() writes it.
template <typename Item> Json list_of(const std::vector<Item>& items)
{
    Json list = Json::array();
    for (const Item& item : items) {
        list.push_back(json_of(item));
    }
    return list;
}

// Returns the services that still relay, or of which nobody knows, with the reason of each.
Json services_of(const std::vector<StillRelaying>& services)
{
    Json list = Json::array();
    for (const StillRelaying& one : services) {
        list.push_back(
            { { "service", one.service }, { "instance", one.instance }, { "clients", one.clients },
                { "reason", one.reason.message }, { "id", one.reason.id } });
    }
    return list;
}

} // namespace

void write_json_change(std::ostream& out, const std::vector<TableOutcome>& outcomes, bool dry_run,
    const RevocationVerdict* verdict)
{
    // "changed" and "reload_needed" are those of any table; the entries of all tables stand in one
    // list, each with its table.
    const auto any
        = [&](auto property) { return std::any_of(outcomes.begin(), outcomes.end(), property); };
    const auto all = [&](auto part_of) {
        Json list = Json::array();
        for (const TableOutcome& outcome : outcomes) {
            for (Json& item : list_of(part_of(outcome.report))) {
                item["table"] = outcome.table.to_string();
                list.push_back(std::move(item));
            }
        }
        return list;
    };
    Json json = { { "schema", 1 }, { "table", outcomes.front().table.to_string() },
        { "changed", any([](const TableOutcome& o) { return o.publication.changed; }) },
        { "added", all([](const ChangeReport& r) { return r.added; }) },
        { "removed", all([](const ChangeReport& r) { return r.removed; }) },
        { "map", std::string(to_string(outcomes.front().publication.map)) },
        { "reload_needed", any([](const TableOutcome& o) { return o.publication.reload_needed; }) },
        { "dry_run", dry_run },
        { "updated", all([](const ChangeReport& r) { return r.updated; }) } };
    // A program that was written for one table finds all it knows above.
    if (outcomes.size() > 1) {
        Json tables = Json::array();
        for (const TableOutcome& outcome : outcomes) {
            tables.push_back({ { "table", outcome.table.to_string() },
                { "changed", outcome.publication.changed },
                { "removed", list_of(outcome.report.removed) },
                { "added", list_of(outcome.report.added) },
                { "updated", list_of(outcome.report.updated) },
                { "map", std::string(to_string(outcome.publication.map)) },
                { "reload_needed", outcome.publication.reload_needed },
                { "error", or_null(outcome.error) } });
        }
        json["tables"] = std::move(tables);
    }
    // Nobody asked the services in a dry run, and then the names are missing, which an empty list
    // would not say.
    if (verdict != nullptr) {
        json["still_relaying"] = services_of(verdict->relaying);
        json["relaying_unknown"] = services_of(verdict->unsure);
    }
    write_json(out, json);
}

void write_json_copy(std::ostream& out, const std::string& from, const std::string& to,
    const CopyResult& result, const std::vector<std::string>& commands, bool dry_run)
{
    const Json json = { { "schema", 1 }, { "from", from }, { "table", to },
        { "changed", result.publication.changed }, { "entries", result.entries },
        { "added", result.added }, { "updated", result.updated }, { "removed", result.removed },
        { "map", std::string(to_string(result.publication.map)) },
        { "reload_needed", result.publication.reload_needed }, { "dry_run", dry_run },
        { "commands", commands }, { "not_kept", or_null(result.not_kept) } };
    write_json(out, json);
}

void write_json_init(std::ostream& out, const std::string& table, const InitResult& result)
{
    write_json(out,
        { { "schema", 1 }, { "table", table }, { "changed", result.created },
            { "statements", result.done }, { "missing", result.missing } });
}

} // namespace relayctl
