// Which entries of the tables a list has, and in which order.
#pragma once

#include "core/store/store.hpp"
#include "core/x509/fingerprint.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relayctl {

// An entry is listed if the pattern matches it and, where there are filters, any of them does.
struct ListCriteria {
    // A glob on the host, or the beginning of a fingerprint; empty: every entry matches.
    std::string pattern;
    // Within this time the certificate expires, or the client's own end (`until`) comes.
    std::optional<std::chrono::seconds> expiring;
    bool expired = false; // it has expired
    bool retired = false; // the grace that rotate gave the entry is over

    bool has_filter() const { return expiring || expired || retired; }
};

// What somebody typed to choose entries by.
class EntryPattern {
public:
    // Errors: those of require_one_fingerprint().
    explicit EntryPattern(const std::string& pattern);
    // Returns true if the pattern is empty, fits the host, begins the fingerprint, or is the
    // fingerprint in another spelling.
    bool matches(std::string_view key, std::string_view value) const;

private:
    std::string pattern_;
    std::string digits_; // of the pattern, if it may be the beginning of a fingerprint
    std::optional<Fingerprint> fingerprint_; // if the pattern is one, in any spelling
};

// Selects the entries to list, and remembers of all tables together what it has seen.
class EntrySelection {
public:
    // Errors: those of EntryPattern.
    EntrySelection(ListCriteria criteria, Time now, bool counts_unknown_expiry);

    // The entries of this part of a table that are to be listed, in the order of the part.
    std::vector<const Entry*> of(const Document& part);

    // Returns true if the pattern has matched any entry, whether the filters let it through or not.
    bool has_matched_pattern() const { return has_matched_pattern_; }
    bool has_listed() const { return has_listed_; }
    // Of the entries that the pattern matches, those whose expiry nobody knows; 0 if they are not
    // counted.
    std::size_t unknown_expiry() const { return unknown_expiry_; }

private:
    bool passes_filters(const Annotation& annotation) const;
    // Returns true if this end is known and no further away than `expiring`, which is asked for.
    bool is_soon(const std::optional<Time>& end) const;

    ListCriteria criteria_;
    EntryPattern pattern_;
    Time now_;
    bool counts_unknown_expiry_;
    std::size_t unknown_expiry_ = 0;
    bool has_matched_pattern_ = false;
    bool has_listed_ = false;
};

// How the list gets at its tables.
struct TableReader {
    // Gives the store of a table, which outlives the list. Errors: those of open_store().
    std::function<Store&(const TableName&)> open;
    // Runs the work with a table. Returns false if that failed and the other tables are to be
    // listed all the same.
    std::function<bool(const TableName&, const std::function<void()>&)> attempt;
};

// Is handed some entries of a part of the table with this name.
using ShowEntries = std::function<void(
    const std::string& table, const Document& part, const std::vector<const Entry*>& entries)>;

// The entries of tables of any size, read part by part. Of a table that is sorted by relayctl
// itself, not by a database, all entries are one part.
class EntryListing {
public:
    // Opens the tables. Errors: those that reader.attempt lets through.
    EntryListing(const std::vector<TableName>& tables, EntryOrder order, const TableReader& reader);

    // Shows what the selection takes; sorted over all tables, unless the order is EntryOrder::any.
    void show(EntrySelection& selection, const ShowEntries& show);

private:
    void show_sorted(EntrySelection& selection, const ShowEntries& show);

    EntryOrder order_;
    const TableReader& reader_;
    std::vector<std::pair<TableName, std::unique_ptr<EntryStream>>> streams_;
};

// An entry with its table.
struct ListedEntry {
    const TableName* table;
    const Document* document;
    const Entry* entry;
};

// All entries that the selection takes, in memory at once. The names of the tables must outlive
// them.
struct CollectedEntries {
    std::deque<Document> documents; // a deque, since the entries refer to its elements
    std::vector<ListedEntry> entries;
};

// Reads all tables, and collects what the selection takes. Errors: those that reader.attempt lets
// through.
CollectedEntries collect_entries(const std::vector<TableName>& tables, EntryOrder order,
    const TableReader& reader, EntrySelection& selection);

// Moves entries to the first one of the same host, in any case of letters. Else they keep their
// order.
void join_hosts(std::vector<ListedEntry>& entries);

// Returns how many digits, 12 or more, tell each fingerprint from all others of these tables,
// whether selected or not (core/x509/first_digits.hpp).
std::size_t enough_digits(const CollectedEntries& collected);

// state_id() of all entries of a table; those of a database are never in memory at once.
std::string state_id_of(const TableName& table, Store& store);

} // namespace relayctl
