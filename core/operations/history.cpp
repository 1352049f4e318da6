#include "core/operations/history.hpp"

#include "core/base/error.hpp"
#include "core/base/sort.hpp"
#include "core/base/text.hpp"
#include "core/operations/searched_word.hpp"
#include "core/postfix/choose_table.hpp"

#include <algorithm>
#include <charconv>

namespace relayctl {

namespace {

bool is_wanted(const HistoryRecord& record, const HistoryQuery& query)
{
    return (query.user.empty() || record.user == query.user || record.sudo_user == query.user)
        && (!query.client || query.client->is_concerned(record));
}

} // namespace

std::optional<ChangeId> ChangeId::parse(const std::string& word)
{
    const std::size_t mark = word.rfind('#');
    ChangeId id;
    id.table = mark == std::string::npos ? "" : word.substr(0, mark);
    const char* const begin = word.data() + (mark == std::string::npos ? 0 : mark + 1);
    const char* const end = word.data() + word.size();
    const auto [behind, error] = std::from_chars(begin, end, id.number);
    // A word that begins with 0 is the beginning of a fingerprint.
    const bool is_number = error == std::errc() && behind == end && *begin != '0';
    return is_number ? std::optional(id) : std::nullopt;
}

std::string ChangeId::of(const TableChange& change, bool with_table)
{
    return (with_table ? change.table.to_string() + '#' : "")
        + std::to_string(change.record.number);
}

ConcernedClient::ConcernedClient(const std::string& word)
    : target_(word)
    , digits_(target_.may_be_host() ? beginning_digits(word) : "")
{
}

bool ConcernedClient::is_one(const EntryView& entry) const
{
    if ((target_.may_be_host() && target_.fits_host(entry.host))
        || target_.fits_key(entry.fingerprint)) {
        return true;
    }
    return !digits_.empty() && beginning_digits(entry.fingerprint).starts_with(digits_);
}

bool ConcernedClient::is_about(const EntryChange& change) const
{
    return (change.before && is_one(*change.before)) || (change.after && is_one(*change.after));
}

bool ConcernedClient::is_concerned(const HistoryRecord& record) const
{
    const auto entries = record.entries();
    return std::any_of(entries.begin(), entries.end(),
        [&](const EntryChange& change) { return is_about(change); });
}

std::vector<EntryChange> ConcernedClient::entries_of(const HistoryRecord& record) const
{
    auto entries = record.entries();
    std::erase_if(entries, [&](const EntryChange& change) { return !is_about(change); });
    return entries;
}

std::vector<TableName> tables_with_history(const TableAccess& access)
{
    std::vector<TableName> tables;
    for (const AskedTable& asked : access.tables) {
        const bool is_new = std::none_of(tables.begin(), tables.end(),
            [&](const TableName& table) { return has_same_source(table, asked.table); });
        if (is_new && is_changeable(asked.table)) {
            tables.push_back(asked.table);
        }
    }
    if (tables.empty()) {
        require_writable(access.tables.front().table);
    }
    return tables;
}

FoundHistory find_history(const TableAccess& access, const HistoryQuery& query)
{
    FoundHistory found;
    std::size_t count = 0; // of tables
    for (const TableName& table : tables_with_history(access)) {
        const auto history = access.store(table).history();
        if (!history) {
            found.without.push_back(table);
            continue;
        }
        ++count;
        std::size_t taken = 0;
        bool is_at_end = true;
        while (auto record = history->next()) {
            if (query.since && record->time < *query.since) {
                is_at_end = false;
                break;
            }
            if (!is_wanted(*record, query)) {
                continue;
            }
            if (query.limit > 0 && taken == query.limit) {
                is_at_end = false;
                found.has_more = true;
                break;
            }
            ++taken;
            found.changes.push_back({ table, std::move(*record) });
        }
        if (is_at_end && history->folded() > 0) {
            found.folded.push_back(table.to_string());
        }
    }
    // Of one table they are in order already, also where the clock has been set back.
    if (count > 1) {
        sort_stably(found.changes, [](const TableChange& a, const TableChange& b) {
            return a.record.time > b.record.time;
        });
    }
    if (query.limit > 0 && found.changes.size() > query.limit) {
        found.changes.resize(query.limit);
        found.has_more = true;
    }
    return found;
}

TableChange find_change(const TableAccess& access, const ChangeId& id)
{
    std::vector<TableChange> found;
    std::vector<std::string> names;
    for (const TableName& table : tables_with_history(access)) {
        if (!id.table.empty() && id.table != table.to_string()) {
            continue;
        }
        const auto history = access.store(table).history();
        while (auto record = history ? history->next() : std::nullopt) {
            if (record->number == id.number) {
                found.push_back({ table, std::move(*record) });
                names.push_back(ChangeId::of(found.back(), true));
                break;
            }
        }
    }
    if (found.empty()) {
        throw Error(ErrorKind::refused,
            "there is no change " + std::to_string(id.number) + " in the history"
                + (id.table.empty() ? "" : " of " + escape(id.table)),
            { Hint("to see which there are: ", { "relayctl", "history" }) });
    }
    if (found.size() > 1) {
        throw Error(ErrorKind::refused,
            std::to_string(id.number) + ": several tables have a change of this number",
            { "name one of them: " + escape(join(names, ", ")) });
    }
    return std::move(found.front());
}

} // namespace relayctl
