// The change is looked up before the lock is taken, for the question. Under the lock its history is
// read once more, up to its record: the records behind it say where its place is now, and whether
// its entries are as it left them.
#include "core/operations/undo.hpp"

#include "core/base/text.hpp"
#include "core/operations/table_plan.hpp"
#include "core/operations/undo_plan.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Throws ErrorKind::refused: the newest change is one past relayctl, so nobody knows which is
// meant.
// changed: the table that was changed so; newest: the change of relayctl that is older.
[[noreturn]] void throw_changed_outside(const TableName& changed, const TableChange& newest)
{
    const std::string number = std::to_string(newest.record.number);
    throw Error(ErrorKind::refused,
        escape(changed.to_string()) + " was changed outside after change " + number
            + ", so it is not sure which change is meant",
        { Hint("to see both: ", { "relayctl", "history" }),
            Hint("to take change " + number + " back: ", { "relayctl", "undo", number },
                newest.table.to_string()) });
}

// Returns the newest change that fits, of all tables. What was changed past relayctl is only taken
// back by its number.
TableChange newest_change(const TableAccess& access, const std::string& word)
{
    HistoryQuery query;
    if (!word.empty()) {
        query.client.emplace(word);
    }
    std::optional<TableChange> newest;
    std::optional<std::pair<Time, TableName>> outside; // the newest change of that kind
    std::vector<TableName> without;
    for (const TableName& table : tables_with_history(access)) {
        const auto history = access.store(table).history();
        if (!history) {
            without.push_back(table);
            continue;
        }
        while (auto record = history->next()) {
            if (record->is_outside() && (!outside || record->time > outside->first)) {
                outside.emplace(record->time, table);
            }
            if (!record->is_outside() && (!query.client || query.client->is_concerned(*record))) {
                if (!newest || record->time > newest->record.time) {
                    newest = TableChange{ table, std::move(*record) };
                }
                break;
            }
        }
    }
    if (!newest) {
        throw Error(ErrorKind::refused,
            word.empty() ? "no change is on record"
                         : "no change on record was about " + quote(word),
            { Hint("to see what is on record: ", { "relayctl", "history" }) });
    }
    if (word.empty() && outside && outside->first >= newest->record.time) {
        throw_changed_outside(outside->second, *newest);
    }
    return std::move(*newest);
}

TableChange change_to_undo(const TableAccess& access, const std::string& word)
{
    const auto id = ChangeId::parse(word);
    return id ? find_change(access, *id) : newest_change(access, word);
}

// Says which clients are let in again; empty if none is.
std::string let_in_again(const HistoryRecord& record)
{
    constexpr std::size_t most = 3;
    std::vector<std::string> hosts;
    std::size_t count = 0;
    for (const EntryChange& change : record.entries()) {
        if (change.before && !change.after && ++count <= most) {
            hosts.push_back(escape(change.before->host));
        }
    }
    return count == 0 ? ""
                      : "lets in again: " + join(hosts, ", ")
            + (count > most ? " and " + std::to_string(count - most) + " more" : "");
}

// Tells what becomes of each entry.
void report_entries(const std::vector<EntryChange>& changes, ChangeReport& report)
{
    for (const EntryChange& change : changes) {
        const bool is_renamed = change.before && change.after
            && (change.before->host != change.after->host
                || change.before->fingerprint != change.after->fingerprint);
        if (change.before && (!change.after || is_renamed)) {
            report.removed.push_back(*change.before);
        }
        if (change.before && !change.after) {
            report.revoked.push_back(*change.before);
        }
        if (change.after && (!change.before || is_renamed)) {
            report.added.push_back(*change.after);
        } else if (change.after) {
            report.updated.push_back({ *change.after, "annotated as before" });
        }
    }
}

} // namespace

std::optional<UndoResult> undo(
    const TableAccess& access, const UndoRequest& request, Observer& observer)
{
    UndoResult result{ change_to_undo(access, request.word), {} };
    const HistoryRecord& record = result.undone.record;
    const TableName& table = result.undone.table;
    const std::string again = let_in_again(record);
    if (!again.empty() && request.asks && !request.change.dry_run) {
        if (!observer.agrees(
                { { again } }, "take change " + std::to_string(record.number) + " back")) {
            return std::nullopt;
        }
    } else if (!again.empty()) {
        observer.done(again);
    }
    Scope scope;
    for (const EntryChange& change : record.rows) {
        scope.keys.push_back((change.before ? change.before : change.after)->fingerprint);
    }
    const auto planner = [&](const Document& document, ChangeReport& report) {
        Plan plan = plan_undo(document, access.store(table), record);
        report_entries(reversed_entries(record), report);
        return plan;
    };
    result.change = change_one_table(access, table, request.change, scope, planner, observer);
    return result;
}

} // namespace relayctl
