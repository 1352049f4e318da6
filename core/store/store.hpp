// A table as the commands see it, whatever it is kept in: a source with its map, or the rows of a
// database.
#pragma once

#include "core/postfix/postfix.hpp"
#include "core/store/plan.hpp"
#include "core/table/scope.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

// The entries of a table part by part: a table of any size in the same memory.
class EntryStream {
public:
    virtual ~EntryStream() = default;
    // No value at the end.
    virtual std::optional<Document> next() = 0;
};

enum class EntryOrder : std::uint8_t {
    any,
    key,
    host,
    expiry,
    added
}; // key: in lower case, by its bytes

// What copying gives one table of another one.
struct CopyOptions {
    bool replace = false; // entries that the source of the copy does not have go, and hosts change;
                          // else that is an error
    bool allow_empty = false; // also where no entry would be left
    bool dry_run = false;
    PublishOptions publish = {};
};

struct CopyResult {
    std::size_t entries = 0; // that the copied table has
    std::size_t added = 0;
    std::size_t updated = 0; // their host or annotation
    std::size_t renamed = 0; // of these: their host
    std::size_t removed = 0;
    std::string not_kept; // what of annotations the copy has no column for
    Publication publication = {};
};

// An entry that Postfix finds.
using EntryVisitor = std::function<void(
    std::string_view key, std::string_view value, const Annotation& annotation)>;
// Hands all entries of something to the visitor, each once; again each time that it is called.
using EntrySource = std::function<void(const EntryVisitor& visitor)>;

class Store {
public:
    virtual ~Store() = default;

    // Errors: ErrorKind::input where there is no table.
    virtual std::unique_ptr<EntryStream> stream(EntryOrder order) = 0;

    // All of it at once. Errors: as stream().
    virtual Document whole() = 0;

    // What of the table is in the scope; of a source that does not exist, no entries.
    virtual Document look(const Scope& scope) = 0;

    // Carries out what the planner wants with the entries of the scope: whole or not at all.
    // Errors: see publish().
    virtual Publication change(
        const Scope& scope, const Planner& planner, const PublishOptions& options)
        = 0;

    // Every entry that Postfix finds, once, in no particular order. Errors: ErrorKind::input where
    // there is no table; ErrorKind::refused where it has entries that no lookup finds: somewhere
    // else they might be found.
    virtual void visit(const EntryVisitor& visitor) = 0;

    // Makes its entries those of the source. Errors: ErrorKind::refused where the options do not
    // allow it; those of change() and of the source.
    virtual CopyResult copy_from(const EntrySource& source, const CopyOptions& options) = 0;

    // Whether it can be asked without waiting for long: false of a database whose servers do not
    // answer within two seconds each.
    virtual bool answers_at_once() { return true; }

    // What of an annotation this table can keep.
    virtual Annotation kept_of(const Annotation& annotation) = 0;
    // The columns that it would need for all of it: "kind, subject"; empty where it has them. And
    // those that are there, but not for the role of this user to read.
    virtual std::string columns_missing() = 0;
    virtual std::string columns_hidden() = 0;
};

// Errors: ErrorKind::usage where relayctl cannot read tables of this type; those of reading a
// pgsql_table(5) file. Both must outlive it.
std::unique_ptr<Store> open_store(Postfix& postfix, const TableName& table);

} // namespace relayctl
