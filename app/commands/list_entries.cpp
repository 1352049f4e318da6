#include "app/commands/list_entries.hpp"

#include "core/base/text.hpp"
#include "core/store/store.hpp"
#include "core/x509/pasted_fingerprint.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <memory>

namespace relayctl {

namespace {

std::string digits_of(std::string_view text)
{
    std::string digits = to_lower(text);
    digits.erase(std::remove(digits.begin(), digits.end(), ':'), digits.end());
    return digits;
}

// Any of the filters that were given.
bool passes(const ListOptions& options, const Annotation& annotation, Time now)
{
    const bool is_over = is_expired(annotation, now);
    return (options.expired && is_over) || (options.retired && is_retired(annotation, now))
        || (options.expiring && annotation.expires && !is_over
            && *annotation.expires <= now + *options.expiring);
}

} // namespace

HostPattern::HostPattern(const std::string& pattern)
    : pattern_(pattern)
{
    require_one_fingerprint(pattern);
    whole_ = Fingerprint::from_any(pattern);
    const auto is_hex = [](char c) { return hex_value(c) >= 0 || c == ':'; };
    if (std::all_of(pattern.begin(), pattern.end(), is_hex)) {
        prefix_ = digits_of(pattern);
    }
}

bool HostPattern::operator()(std::string_view key, std::string_view value) const
{
    return pattern_.empty() || (!prefix_.empty() && digits_of(key).starts_with(prefix_))
        || (whole_ && Fingerprint::from_written(key) == whole_)
        || ::fnmatch(pattern_.c_str(), std::string(value).c_str(), FNM_CASEFOLD) == 0;
}

std::vector<const Entry*> Selection::of(const Document& document)
{
    std::vector<const Entry*> entries;
    for (const Entry& entry : document.entries()) {
        if (!matches_(document.key(entry), document.value(entry))) {
            continue;
        }
        pattern_found_ = true;
        unknown_expiry_ += counts_unknown_ && document.has_unknown_expiry(entry) ? 1 : 0;
        if (!options_.has_filter() || passes(options_, document.annotation(entry), now_)) {
            entries.push_back(&entry);
        }
    }
    found_ = found_ || !entries.empty();
    return entries;
}

ExitStatus Selection::status() const
{
    return (options_.exit_code ? found_ : !pattern_found_ && !options_.pattern.empty())
        ? ExitStatus::no
        : ExitStatus::ok;
}

SortKey sort_key(const Document& document, const Entry& entry, const std::string& by)
{
    if (by == "host") {
        return { Time(), to_lower(document.value(entry)) };
    }
    const Annotation annotation = document.annotation(entry);
    return { (by == "expiry" ? annotation.expires : annotation.added).value_or(Time::max()),
        std::string() };
}

namespace {

using KeyedEntry = std::pair<SortKey, const Entry*>;

// Entries that compare equal stay in the order of the table.
std::vector<KeyedEntry> sorted(
    const Document& document, const std::string& by, const std::vector<const Entry*>& entries)
{
    std::vector<KeyedEntry> keyed;
    for (const Entry* entry : entries) {
        keyed.emplace_back(sort_key(document, *entry, by), entry);
    }
    std::stable_sort(
        keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return keyed;
}

EntryOrder order_of(const ListOptions& options)
{
    return options.sort == "host"  ? EntryOrder::host
        : options.sort == "expiry" ? EntryOrder::expiry
        : options.sort == "added"  ? EntryOrder::added
                                   : EntryOrder::any;
}

// One table that is read part by part, in the order asked for; a source that is to be sorted is one
// part.
class SortedTable {
public:
    SortedTable(const ListOptions& options, std::string name, std::unique_ptr<EntryStream> parts,
        Selection& selection)
        : options_(options)
        , name_(std::move(name))
        , parts_(std::move(parts))
        , selection_(selection)
    {
    }

    // The next entry, or nullptr at the end. Errors: those of reading the table.
    const KeyedEntry* front()
    {
        while (next_ == entries_.size()) {
            part_ = parts_->next();
            if (!part_) {
                return nullptr;
            }
            entries_ = sorted(*part_, options_.sort, selection_.of(*part_));
            next_ = 0;
        }
        return &entries_[next_];
    }

    void write_front(ListWriter& writer)
    {
        writer.write(name_, *part_, { entries_[next_++].second });
    }

private:
    const ListOptions& options_;
    std::string name_;
    std::unique_ptr<EntryStream> parts_;
    Selection& selection_;
    std::optional<Document> part_;
    std::vector<KeyedEntry> entries_;
    std::size_t next_ = 0;
};

using OpenTables = std::vector<std::pair<TableName, std::unique_ptr<EntryStream>>>;

// Each table comes sorted; of their first entries the least is always the next one.
void write_sorted(const ListOptions& options, OpenTables streams, TableReading& reading,
    Selection& selection, ListWriter& writer)
{
    std::vector<std::pair<TableName, std::unique_ptr<SortedTable>>> open;
    for (auto& [table, parts] : streams) {
        open.emplace_back(table,
            std::make_unique<SortedTable>(options, table.to_string(), std::move(parts), selection));
    }
    while (!open.empty()) {
        std::size_t least = open.size();
        const KeyedEntry* first = nullptr;
        for (std::size_t i = 0; i < open.size();) {
            const KeyedEntry* entry = nullptr;
            if (!reading.attempt(open[i].first, [&] { entry = open[i].second->front(); })
                || entry == nullptr) {
                open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
                continue;
            }
            if (first == nullptr || entry->first < first->first) {
                first = entry;
                least = i;
            }
            ++i;
        }
        if (first != nullptr) {
            open[least].second->write_front(writer);
        }
    }
}

void write_in_order_of_tables(
    const OpenTables& streams, TableReading& reading, Selection& selection, ListWriter& writer)
{
    for (const auto& [table, parts] : streams) {
        const std::string name = table.to_string();
        const auto& part_by_part = parts;
        reading.attempt(table, [&] {
            while (const auto document = part_by_part->next()) {
                writer.write(name, *document, selection.of(*document));
            }
        });
    }
}

} // namespace

void write_entries(const ListOptions& options, Context& context,
    const std::vector<TableName>& tables, TableReading& reading, Selection& selection,
    const std::function<ListWriter&()>& begin)
{
    OpenTables streams;
    for (const TableName& table : tables) {
        reading.attempt(table,
            [&] { streams.emplace_back(table, context.store(table).stream(order_of(options))); });
    }
    ListWriter& writer = begin();
    if (options.sort.empty()) {
        write_in_order_of_tables(streams, reading, selection, writer);
    } else {
        write_sorted(options, std::move(streams), reading, selection, writer);
    }
}

} // namespace relayctl
