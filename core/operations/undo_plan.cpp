#include "core/operations/undo_plan.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/annotation_columns.hpp"
#include "core/table/effect.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace relayctl {

namespace {

std::string number_of(const HistoryRecord& record)
{
    return "change " + std::to_string(record.number);
}

[[noreturn]] void throw_changed_since(
    const HistoryRecord& record, const std::string& what, std::vector<Hint> hints)
{
    throw Error(ErrorKind::refused, number_of(record) + ": cannot be taken back: " + what,
        std::move(hints));
}

// Its number alone would mean nothing where there are several tables.
Hint hint_at(const char* why, const HistoryRecord& record)
{
    return { why, { "relayctl", "history", std::to_string(record.number) }, record.table };
}

[[noreturn]] void throw_lines_changed(const HistoryRecord& record)
{
    throw_changed_since(record, "the lines around its entries have changed since",
        { hint_at("to add or remove its entries again, see them: ", record) });
}

// Leaves out each change that was taken back before anything else was changed: both together leave
// the text as it was. A change that is made again counts as the one that it makes again.
std::vector<HistoryRecord> without_undone(std::vector<HistoryRecord> records)
{
    using Numbers = std::set<std::uint64_t>;
    std::vector<HistoryRecord> left;
    std::vector<Numbers> names; // of each that is left
    std::map<std::uint64_t, Numbers> taken_back; // by the change of this number
    for (HistoryRecord& record : records) {
        if (record.undoes != 0 && !left.empty() && names.back().contains(record.undoes)) {
            taken_back[record.number] = names.back();
            left.pop_back();
            names.pop_back();
            continue;
        }
        Numbers own = { record.number };
        if (const auto again = taken_back.find(record.undoes); again != taken_back.end()) {
            own.insert(again->second.begin(), again->second.end());
        }
        names.push_back(std::move(own));
        left.push_back(std::move(record));
    }
    return left;
}

// Returns the records behind this one, the oldest first. Errors: ErrorKind::refused if one of them
// does not say what was changed.
std::vector<HistoryRecord> records_behind(Store& store, const HistoryRecord& record)
{
    std::vector<HistoryRecord> later;
    const auto history = store.history();
    for (auto next = history ? history->next() : std::nullopt; next; next = history->next()) {
        if (next->number == record.number) {
            std::reverse(later.begin(), later.end());
            return without_undone(std::move(later));
        }
        if (next->is_unknown) {
            throw_changed_since(record, "the table was changed outside after it, nobody knows how",
                { hint_at("to add or remove its entries again, see them: ", record) });
        }
        later.push_back(std::move(*next));
    }
    throw_changed_since(record, "it is not in the history any more", {});
}

// Which entries of a key there are more (or fewer) of than right behind the change.
struct Since {
    std::map<std::string, int> entries; // each with its annotation
    std::string host;
    const HistoryRecord* by = nullptr; // the last change of it
};

std::string identity_of(const EntryView& entry)
{
    return entry.fingerprint + '\n' + entry.host + '\n' + to_line(entry.annotation);
}

// Returns how many more there are of each entry after the changes.
std::map<std::string, int> balance_of(std::span<const EntryChange> changes)
{
    std::map<std::string, int> balance;
    for (const EntryChange& change : changes) {
        if (change.before) {
            --balance[identity_of(*change.before)];
        }
        if (change.after) {
            ++balance[identity_of(*change.after)];
        }
    }
    std::erase_if(balance, [](const auto& entry) { return entry.second == 0; });
    return balance;
}

// Errors: ErrorKind::refused if an entry of the change is not what the change made of it.
void require_same_entries(const HistoryRecord& record, const std::vector<HistoryRecord>& later)
{
    if (later.empty()) {
        return; // then find_lines() compares all of them
    }
    std::map<std::string, Since> keys; // in lower case
    for (const EntryChange& change : record.entries()) {
        const EntryView& entry = change.after ? *change.after : *change.before;
        keys[to_lower(entry.fingerprint)].host = entry.host;
    }
    const auto count = [&](const std::optional<EntryView>& entry, int one, const auto& by) {
        const auto key = entry ? keys.find(to_lower(entry->fingerprint)) : keys.end();
        if (key != keys.end()) {
            key->second.entries[identity_of(*entry)] += one;
            key->second.by = &by;
        }
    };
    for (const HistoryRecord& other : later) {
        for (const EntryChange& change : other.entries()) {
            count(change.before, -1, other);
            count(change.after, 1, other);
        }
    }
    for (const auto& [key, since] : keys) {
        if (std::any_of(since.entries.begin(), since.entries.end(),
                [](const auto& entry) { return entry.second != 0; })) {
            const std::string number = std::to_string(since.by->number);
            throw_changed_since(record,
                escape(since.host) + " has changed since, "
                    + (since.by->number == 0 ? "outside"
                                             : "by change " + number + " ("
                                + (since.by->is_outside() ? "outside" : escape(since.by->command))
                                + ')'),
                { since.by->number == 0
                        ? Hint("to see how: ", { "relayctl", "history" }, record.table)
                        : Hint("take that back first: ", { "relayctl", "undo", number },
                            record.table) });
        }
    }
}

// Where a change of the record lies now, and what it put there.
struct ChangedPlace {
    TextSpan span;
    TextChange change; // as it was made
};

std::vector<ChangedPlace> places_now(
    const HistoryRecord& record, const std::vector<HistoryRecord>& later)
{
    std::vector<ChangedPlace> places;
    std::size_t moved = 0; // modulo 2^64
    for (const TextChange& whole : record.changes) {
        TextChange change = trimmed(whole);
        const std::size_t begin = change.offset + moved;
        moved += change.after.size() - change.before.size();
        places.push_back({ { begin, begin + change.after.size() }, std::move(change) });
    }
    for (const HistoryRecord& other : later) {
        for (ChangedPlace& place : places) {
            place.span = moved_by(other.changes, place.span);
        }
    }
    return places;
}

// Returns the place of the lines that the change put there. Others may have come between them and
// the edges of the span. Errors: ErrorKind::refused if they are not there, or more than once.
TextSpan find_lines(std::string_view text, const ChangedPlace& place, const HistoryRecord& record)
{
    const auto [begin, end] = place.span;
    const std::string& lines = place.change.after;
    const std::string_view there
        = begin <= end && end <= text.size() ? text.substr(begin, end - begin) : "";
    const std::size_t first = there.find(lines);
    if (first == std::string_view::npos || (there.size() != lines.size() && lines.empty())
        || there.find(lines, first + 1) != std::string_view::npos) {
        throw_lines_changed(record);
    }
    return { begin + first, begin + first + lines.size() };
}

Plan plan_text(const Document& document, Store& store, const HistoryRecord& record)
{
    const auto later = records_behind(store, record);
    require_same_entries(record, later);
    Editor editor(document);
    for (const ChangedPlace& place : places_now(record, later)) {
        const auto [begin, end] = find_lines(document.text(), place, record);
        editor.replace_text(begin, end - begin, place.change.before);
    }
    Plan plan;
    plan.edits = editor.take();
    // What stood there before may be a line that postmap warns of.
    plan.accepts_warnings = true;
    const auto splices = splices_of(document, plan.edits);
    const auto back = reversed_entries(record);
    // A line that continues another one means something else behind a new neighbour.
    if (!later.empty()
        && balance_of(entry_changes(text_changes(document.text(), splices))) != balance_of(back)) {
        throw_lines_changed(record);
    }
    std::vector<std::string> keys;
    for (const EntryChange& change : back) {
        keys.push_back(to_lower((change.before ? change.before : change.after)->fingerprint));
    }
    const Effect effect = effect_of(document, splices, keys);
    for (const KeyEffect& key : effect.keys) {
        if (const auto fingerprint = Fingerprint::from_key(key.key)) {
            plan.answers.emplace_back(*fingerprint, key.after);
        }
    }
    plan.added = effect.entries_after > effect.entries_before
        ? effect.entries_after - effect.entries_before
        : 0;
    plan.removed = effect.entries_before > effect.entries_after
        ? effect.entries_before - effect.entries_after
        : 0;
    return plan;
}

// Makes the edits of one row.
void edit_row(const Document& document, const HistoryRecord& record, const EntryChange& change,
    Editor& editor)
{
    const std::string& key = (change.after ? change.after : change.before)->fingerprint;
    const auto entries = document.entries();
    const auto found = std::find_if(entries.begin(), entries.end(),
        [&](const Entry& entry) { return equal_ignoring_case(document.key(entry), key); });
    const auto now
        = found == entries.end() ? std::nullopt : std::optional(view_of(document, *found));
    if (now.has_value() != change.after.has_value()
        || (now
            && (now->host != change.after->host
                || differing_columns(now->annotation, change.after->annotation).any()))) {
        throw_changed_since(record,
            escape((change.after ? change.after : change.before)->host) + " has changed since: "
                + (now ? "it is " + described(*now) + " now" : "it is not listed any more"),
            { Hint("to see how: ", { "relayctl", "history" }, record.table) });
    }
    if (!change.before) {
        editor.erase(*found);
    } else if (!change.after) {
        editor.append(change.before->fingerprint, change.before->host, change.before->annotation);
    } else {
        if (change.before->host != change.after->host) {
            editor.set_value(*found, change.before->host);
        }
        if (differing_columns(change.before->annotation, change.after->annotation).any()) {
            editor.set_annotation(*found, change.before->annotation);
        }
    }
}

Plan plan_rows(const Document& document, const HistoryRecord& record)
{
    Plan plan;
    Editor editor(document);
    for (const EntryChange& change : record.rows) {
        edit_row(document, record, change, editor);
        plan.added += change.before && !change.after ? 1 : 0;
        plan.removed += change.before ? 0 : 1;
        const EntryView& entry = change.before ? *change.before : *change.after;
        if (const auto fingerprint = Fingerprint::from_key(entry.fingerprint)) {
            plan.answers.emplace_back(
                *fingerprint, change.before ? std::optional(entry.host) : std::nullopt);
        }
    }
    plan.edits = editor.take();
    return plan;
}

} // namespace

Plan plan_undo(const Document& document, Store& store, const HistoryRecord& record)
{
    if (record.is_unknown) {
        throw_changed_since(record, "nobody knows what was changed", {});
    }
    Plan plan = document.is_of_rows() || !record.rows.empty() ? plan_rows(document, record)
                                                              : plan_text(document, store, record);
    plan.undoes = record.number;
    return plan;
}

std::vector<EntryChange> reversed_entries(const HistoryRecord& record)
{
    std::vector<EntryChange> entries = record.entries();
    for (EntryChange& change : entries) {
        std::swap(change.before, change.after);
    }
    return entries;
}

} // namespace relayctl
