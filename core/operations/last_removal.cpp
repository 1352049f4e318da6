#include "core/operations/last_removal.hpp"

#include "core/base/error.hpp"
#include "core/postfix/choose_table.hpp"

#include <algorithm>
#include <set>

namespace relayctl {

namespace {

PastRemoval removal_by(
    const HistoryRecord& record, const TableName& table, const Fingerprint& fingerprint)
{
    return { fingerprint, table.to_string(), record.time,
        record.sudo_user.empty() ? record.user : record.sudo_user, record.number,
        record.is_outside() };
}

// The newest change of an entry decides whether it was removed, so older ones are passed over.
void read_history(HistoryReader& history, const TableName& table,
    const std::function<bool(const EntryView&)>& is_wanted, std::size_t most,
    std::vector<PastRemoval>& found)
{
    std::set<Fingerprint> decided;
    while (decided.size() < most) {
        const auto record = history.next();
        if (!record) {
            return;
        }
        std::set<Fingerprint> removed;
        std::set<Fingerprint> present;
        for (const EntryChange& change : record->entries()) {
            const EntryView& entry = change.after ? *change.after : *change.before;
            const auto fingerprint = Fingerprint::from_written(entry.fingerprint);
            if (fingerprint && !decided.contains(*fingerprint)
                && ((change.before && is_wanted(*change.before)) || is_wanted(entry))) {
                (change.after ? present : removed).insert(*fingerprint);
            }
        }
        for (const Fingerprint& fingerprint : removed) {
            if (!present.contains(fingerprint)) {
                found.push_back(removal_by(*record, table, fingerprint));
            }
        }
        decided.merge(removed);
        decided.merge(present);
    }
}

} // namespace

std::vector<PastRemoval> last_removals(const std::vector<TableName>& tables, const OpenStore& open,
    const std::function<bool(const EntryView&)>& is_wanted, std::size_t most)
{
    std::vector<PastRemoval> found;
    for (const TableName& table : tables) {
        try {
            if (is_changeable(table)) {
                if (const auto history = open(table).history()) {
                    read_history(*history, table, is_wanted, most, found);
                }
            }
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
        }
    }
    return found;
}

std::optional<PastRemoval> last_removal(const std::vector<TableName>& tables, const OpenStore& open,
    const std::function<bool(const EntryView&)>& is_wanted, std::size_t most)
{
    const std::vector<PastRemoval> found = last_removals(tables, open, is_wanted, most);
    const auto newest = std::max_element(found.begin(), found.end(),
        [](const PastRemoval& a, const PastRemoval& b) { return a.time < b.time; });
    return newest == found.end() ? std::nullopt : std::optional(*newest);
}

} // namespace relayctl
