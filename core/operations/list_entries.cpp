// Each table is a stream of parts. Without an order the parts are shown as they come. With one,
// each table comes sorted, and the streams are merged: so the list of a large database needs no
// more memory than one part of it. A source is sorted here, as one part.
#include "core/operations/list_entries.hpp"

#include "core/base/text.hpp"
#include "core/table/content_sum.hpp"
#include "core/x509/first_digits.hpp"
#include "core/x509/pasted_fingerprint.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <unordered_map>

namespace relayctl {

namespace {

// Returns the text in lower case and without its colons, so that every spelling compares equal.
std::string without_colons(std::string_view text)
{
    std::string digits = to_lower(text);
    digits.erase(std::remove(digits.begin(), digits.end(), ':'), digits.end());
    return digits;
}

// What entries are compared by: a time, or a host.
using SortKey = std::pair<Time, std::string>;

// Entries that have no such time come last.
SortKey sort_key(const Document& document, const Entry& entry, EntryOrder order)
{
    switch (order) {
    // All compare equal, and keep their places.
    case EntryOrder::any:
        return {};
    case EntryOrder::key:
        return { Time(), to_lower(document.key(entry)) };
    case EntryOrder::host:
        return { Time(), to_lower(document.value(entry)) };
    case EntryOrder::expiry:
        return { document.annotation(entry).expires.value_or(Time::max()), std::string() };
    case EntryOrder::added:
        return { document.annotation(entry).added.value_or(Time::max()), std::string() };
    }
    return {};
}

template <typename Item> using Keyed = std::pair<SortKey, Item>;

// Entries that compare equal keep their order.
template <typename Item> void sort_by_key(std::vector<Keyed<Item>>& items)
{
    std::stable_sort(
        items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
}

// One table that is read part by part in the order asked for.
class SortedTable {
public:
    SortedTable(TableName table, std::unique_ptr<EntryStream> stream, EntryOrder order,
        EntrySelection& selection)
        : table_(std::move(table))
        , name_(table_.to_string())
        , stream_(std::move(stream))
        , order_(order)
        , selection_(selection)
    {
    }

    const TableName& table() const { return table_; }

    // The key of the next entry, or nullptr if there are no more. Errors: those of reading the
    // table.
    // Reads on until there is an entry to list; of a part the selection may take none.
    const SortKey* next_key()
    {
        while (next_ == entries_.size()) {
            part_ = stream_->next();
            if (!part_) {
                return nullptr;
            }
            entries_.clear();
            for (const Entry* entry : selection_.of(*part_)) {
                entries_.emplace_back(sort_key(*part_, *entry, order_), entry);
            }
            sort_by_key(entries_);
            next_ = 0;
        }
        return &entries_[next_].first;
    }

    void show_next(const ShowEntries& show) { show(name_, *part_, { entries_[next_++].second }); }

private:
    TableName table_;
    std::string name_;
    std::unique_ptr<EntryStream> stream_;
    EntryOrder order_;
    EntrySelection& selection_;
    std::optional<Document> part_;
    std::vector<Keyed<const Entry*>> entries_;
    std::size_t next_ = 0;
};

} // namespace

EntryPattern::EntryPattern(const std::string& pattern)
    : pattern_(pattern)
{
    require_one_fingerprint(pattern);
    fingerprint_ = Fingerprint::from_any(pattern);
    // A pattern such as "cafe" may be a host as well; both are tried.
    const auto is_of_fingerprint = [](char c) { return hex_value(c) >= 0 || c == ':'; };
    if (std::all_of(pattern.begin(), pattern.end(), is_of_fingerprint)) {
        digits_ = without_colons(pattern);
    }
}

bool EntryPattern::matches(std::string_view key, std::string_view value) const
{
    return pattern_.empty() || (!digits_.empty() && without_colons(key).starts_with(digits_))
        || (fingerprint_ && Fingerprint::from_written(key) == fingerprint_)
        || ::fnmatch(pattern_.c_str(), std::string(value).c_str(), FNM_CASEFOLD) == 0;
}

EntrySelection::EntrySelection(ListCriteria criteria, Time now, bool counts_unknown_expiry)
    : criteria_(std::move(criteria))
    , pattern_(criteria_.pattern)
    , now_(now)
    , counts_unknown_expiry_(counts_unknown_expiry)
{
}

bool EntrySelection::is_soon(const std::optional<Time>& end) const
{
    return end && *end <= now_ + *criteria_.expiring;
}

bool EntrySelection::passes_filters(const Annotation& annotation) const
{
    const bool is_over = is_expired(annotation, now_);
    // An entry that has expired is not one that expires soon.
    return (criteria_.expired && is_over)
        || (criteria_.retired && (is_retired(annotation, now_) || has_ended(annotation, now_)))
        || (criteria_.expiring && !is_over && is_soon(annotation.expires))
        || (criteria_.expiring && !has_ended(annotation, now_) && is_soon(annotation.until));
}

std::vector<const Entry*> EntrySelection::of(const Document& part)
{
    std::vector<const Entry*> entries;
    for (const Entry& entry : part.entries()) {
        if (!pattern_.matches(part.key(entry), part.value(entry))) {
            continue;
        }
        has_matched_pattern_ = true;
        // These entries may be missing in a list of what expires, which is why the user is told.
        unknown_expiry_ += counts_unknown_expiry_ && part.has_unknown_expiry(entry) ? 1 : 0;
        if (!criteria_.has_filter() || passes_filters(part.annotation(entry))) {
            entries.push_back(&entry);
        }
    }
    has_listed_ = has_listed_ || !entries.empty();
    return entries;
}

EntryListing::EntryListing(
    const std::vector<TableName>& tables, EntryOrder order, const TableReader& reader)
    : order_(order)
    , reader_(reader)
{
    // All tables are opened before the first entry is shown, so that an error does not come in the
    // middle of a list.
    for (const TableName& table : tables) {
        reader.attempt(
            table, [&] { streams_.emplace_back(table, reader.open(table).stream(order)); });
    }
}

void EntryListing::show(EntrySelection& selection, const ShowEntries& show)
{
    if (order_ != EntryOrder::any) {
        show_sorted(selection, show);
        return;
    }
    for (auto& entry : streams_) {
        EntryStream& stream = *entry.second;
        const std::string name = entry.first.to_string();
        reader_.attempt(entry.first, [&] {
            while (const auto part = stream.next()) {
                show(name, *part, selection.of(*part));
            }
        });
    }
}

// Each table comes sorted, so the least of their next entries is the next one of the list.
void EntryListing::show_sorted(EntrySelection& selection, const ShowEntries& show)
{
    std::vector<std::unique_ptr<SortedTable>> tables;
    for (auto& [table, stream] : streams_) {
        tables.push_back(
            std::make_unique<SortedTable>(table, std::move(stream), order_, selection));
    }
    while (true) {
        SortedTable* least = nullptr;
        const SortKey* least_key = nullptr;
        for (auto& table : tables) {
            const SortKey* key = nullptr;
            if (table) {
                reader_.attempt(table->table(), [&] { key = table->next_key(); });
            }
            if (key == nullptr) {
                table.reset(); // it has no more entries, or cannot be read
            } else if (least_key == nullptr || *key < *least_key) {
                least = table.get();
                least_key = key;
            }
        }
        if (least == nullptr) {
            return;
        }
        least->show_next(show);
    }
}

CollectedEntries collect_entries(const std::vector<TableName>& tables, EntryOrder order,
    const TableReader& reader, EntrySelection& selection)
{
    CollectedEntries collected;
    std::vector<Keyed<ListedEntry>> found;
    for (const TableName& table : tables) {
        reader.attempt(table, [&] {
            const Document& document
                = collected.documents.emplace_back(reader.open(table).read_all());
            for (const Entry* entry : selection.of(document)) {
                found.push_back(
                    { sort_key(document, *entry, order), { &table, &document, entry } });
            }
        });
    }
    sort_by_key(found);
    std::transform(found.begin(), found.end(), std::back_inserter(collected.entries),
        [](const auto& keyed) { return keyed.second; });
    return collected;
}

void join_hosts(std::vector<ListedEntry>& entries)
{
    std::unordered_map<std::string, std::size_t> places; // of the first entry of each host
    std::vector<std::pair<std::size_t, ListedEntry>> placed;
    for (const ListedEntry& listed : entries) {
        const std::string host = to_lower(listed.document->value(*listed.entry));
        placed.emplace_back(places.try_emplace(host, placed.size()).first->second, listed);
    }
    std::stable_sort(placed.begin(), placed.end(),
        [](const auto& a, const auto& b) { return a.first < b.first; });
    std::transform(placed.begin(), placed.end(), entries.begin(),
        [](const auto& pair) { return pair.second; });
}

std::size_t enough_digits(const CollectedEntries& collected)
{
    EnoughDigits enough(12);
    for (const Document& document : collected.documents) {
        for (const Entry& entry : document.entries()) {
            if (const std::string_view key = document.key(entry); Fingerprint::from_key(key)) {
                enough.add(key);
            }
        }
    }
    return enough.count();
}

std::string state_id_of(const TableName& table, Store& store)
{
    // A source is sorted in memory; its id needs all of it in any case.
    if (!table.is_database()) {
        return state_id(store.read_all());
    }
    StateId id;
    const auto stream = store.stream(EntryOrder::key); // a database sorts its rows itself
    while (const auto part = stream->next()) {
        for (const Entry& entry : part->entries()) {
            // The id is about what Postfix finds.
            if (!entry.is_never_found && !part->value(entry).empty()) {
                id.add(to_lower(part->key(entry)), part->value(entry));
            }
        }
    }
    return id.finish();
}

} // namespace relayctl
