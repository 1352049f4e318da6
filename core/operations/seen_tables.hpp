// The tables whose clients are looked for in the log: their entries, and what was saved beside
// them.
#pragma once

#include "core/operations/table_access.hpp"
#include "core/operations/tables_by_tag.hpp"
#include "core/store/sightings_file.hpp"
#include "core/table/entry_index.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// One table with its entries and what was saved beside it.
struct SeenTable {
    SeenTable(TableName its_name, Document its_entries)
        : name(std::move(its_name))
        , document(std::move(its_entries))
        , index(document)
        , path(sightings_path(name.behind_proxy().path))
    {
    }

    // Returns whether it lists the certificate or its key.
    bool lists(const Presented& presented);

    TableName name;
    Document document;
    EntryIndex index;
    std::string path; // of PATH.seen
    std::unique_ptr<LockedSightings> file; // while it is brought up to date
    std::optional<Sightings> read; // without `file`

    // Returns what was saved, or a null pointer.
    const Sightings* saved() const noexcept
    {
        const auto& known = file ? file->known() : read;
        return known ? &*known : nullptr;
    }
    // Returns it, too; then saved() is null.
    Sightings take_saved()
    {
        auto known = file ? file->take() : std::exchange(read, std::nullopt);
        return known ? std::move(*known) : Sightings();
    }
};

// An entry that smtpd finds for a client.
struct FoundEntry {
    std::size_t table; // its number
    const Entry* entry;
    bool is_of_key;
};

// All of them. One thread uses it.
class SeenTables {
public:
    using Group = std::vector<std::size_t>; // numbers of tables

    // Reads the tables whose entries relayctl can read; of several ones that are made of one file
    // only the first. Both must outlive it. Errors: those of open_store() and Store::read_all().
    SeenTables(const TableAccess& access, const std::vector<AskingService>& services);

    // Reads what was saved. locks: to bring it up to date; then the files stay locked. Errors:
    // those of read_sightings() and LockedSightings; without `locks` what this user may not read
    // counts as not there.
    void read_saved(bool locks);

    // Returns the tables in groups by the place up to which the log was saved for them. It is one
    // group unless somebody saved for some tables only.
    std::vector<Group> groups() const;

    // Returns what was saved for the tables of a group. That of one table alone it takes away.
    Sightings saved_of(const Group& group);

    bool lists(const Presented& presented);

    // Returns the entry that lets the client in; no value if there is none. smtpd asks all tables
    // of its service for one fingerprint, then for the other. Source: permit_tls_clientcerts() in
    // smtpd/smtpd_check.c.
    std::optional<FoundEntry> find(const ClientSightings& client);

    std::deque<SeenTable>& all() noexcept { return tables_; }
    const std::vector<TableName>& names() const noexcept { return names_; }

private:
    bool asks_key_first();

    const TableAccess& access_;
    std::vector<TableName> names_;
    std::deque<SeenTable> tables_;
    std::optional<TablesByTag> by_tag_;
    std::optional<bool> asks_key_first_;
};

} // namespace relayctl
