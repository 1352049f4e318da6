// A table as the operations see it, whatever it is kept in: a source with its map, or the rows of a
// database.
#pragma once

#include "core/postfix/postfix.hpp"
#include "core/store/plan.hpp"
#include "core/table/scope.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

// The entries of a table part by part, so that a table of any size takes the same memory.
class EntryStream {
public:
    virtual ~EntryStream() = default;
    // Gives the next part; no value at the end.
    virtual std::optional<Document> next() = 0;
};

// What copying does to a table that has entries of its own.
struct CopyOptions {
    bool replace = false; // remove entries that the source of the copy does not have, and change
                          // hosts; without it either is an error
    bool allow_empty = false; // also if no entry would be left
    bool dry_run = false;
    PublishOptions publish = {};
};

// What came of a copy, or would come of it in a dry run. All numbers are of entries.
struct CopyResult {
    std::size_t entries = 0; // that the copied table has
    std::size_t added = 0;
    std::size_t updated = 0; // their host or annotation
    std::size_t renamed = 0; // of these: their host
    std::size_t removed = 0;
    std::string not_kept; // columns of annotations that the target does not have
    Publication publication = {};
};

// Is called with an entry that Postfix finds.
using EntryVisitor = std::function<void(
    std::string_view key, std::string_view value, const Annotation& annotation)>;
// Hands all entries of something to the visitor, each once; again each time that it is called.
using EntrySource = std::function<void(const EntryVisitor& visitor)>;

// The records of a table from the newest to the oldest.
class HistoryReader {
public:
    virtual ~HistoryReader() = default;
    // Gives the next record; no value at the end. Errors: those of reading; a line that is no
    // record is left out.
    virtual std::optional<HistoryRecord> next() = 0;
    // Returns up to which number the records are kept no longer, once next() has given none; 0: all
    // are there.
    virtual std::uint64_t folded() const = 0;
};

// One table, whatever it is kept in. One thread uses it. Errors that both kinds have:
// ErrorKind::permission if this user may not read or write it, ErrorKind::system,
// ErrorKind::interrupted; those of a database also ErrorKind::database.
class Store {
public:
    virtual ~Store() = default;

    // Reads all entries part by part, in this order. Errors: ErrorKind::input if there is no table.
    virtual std::unique_ptr<EntryStream> stream(EntryOrder order) = 0;

    // Reads all entries at once. Errors: those of stream().
    virtual Document read_all() = 0;

    // Reads the entries of the scope, and perhaps others; none if the source does not exist.
    virtual Document read_scope(const Scope& scope) = 0;

    // Carries out what the planner wants with the entries of the scope, all of it or nothing.
    // Errors: those of publish() for a source, of SqlChange::run() for a database.
    virtual Publication change(
        const Scope& scope, const Planner& planner, const PublishOptions& options)
        = 0;

    // Hands every entry that Postfix finds to the visitor, once, in no particular order. Errors:
    // ErrorKind::input if there is no table; ErrorKind::refused if it has entries that no lookup
    // finds, since copied to another table they might be found.
    virtual void for_each_entry(const EntryVisitor& visitor) = 0;

    // Makes the entries of the table those of the source. Errors: ErrorKind::refused if the options
    // do not allow it; those of change() and of the source.
    virtual CopyResult copy_from(const EntrySource& source, const CopyOptions& options) = 0;

    // Says who changes the table with which command, for the records of the changes to come.
    void set_occasion(Occasion occasion) { occasion_ = std::move(occasion); }
    // Opens the history. What was changed past relayctl since the last record comes first, as a
    // record without a number. Returns nullptr if no change has been recorded yet. Errors:
    // ErrorKind::permission if this user may not read it, or others can write it.
    virtual std::unique_ptr<HistoryReader> history() = 0;

    // Returns false for a database of which no server answers within two seconds.
    virtual bool answers_at_once() { return true; }

    // Returns what of an annotation this table can keep.
    virtual Annotation storable_part_of(const Annotation& annotation) = 0;
    // Return the columns of annotations, as "kind, subject", that the table does not have, and
    // those that the role of this user may not read. Both are empty for a source.
    virtual std::string missing_columns() { return ""; }
    virtual std::string hidden_columns() { return ""; }

protected:
    Occasion occasion_;
};

// Opens a table. Errors: ErrorKind::usage if relayctl cannot read tables of this type, was built
// without this database, or cannot tell which table the query of a file is about; those of reading
// the file of a database table. Both arguments must outlive the store.
std::unique_ptr<Store> open_store(Postfix& postfix, const TableName& table);

// The two kinds that open_store() chooses from: a source with its map, and rows of a database.
std::unique_ptr<Store> open_text_store(Postfix& postfix, const TableName& table);
std::unique_ptr<Store> open_sql_store(Postfix& postfix, const TableName& table);

} // namespace relayctl
