// Looks up the fingerprints of a client in the tables of a service, in each table once.
#pragma once

#include "core/inspect/opened_table.hpp"
#include "core/inspect/service_facts.hpp"
#include "core/inspect/service_query.hpp"
#include "core/postfix/postfix.hpp"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace relayctl {

// Asks the tables of all services of one query, and remembers the answers.
class TableLookup {
public:
    // Both must outlive it.
    TableLookup(Postfix& postfix, const ServiceQuery& query)
        : postfix_(postfix)
        , query_(query)
    {
    }

    // Returns what the table says to the client of the query. name: as it is configured. facts: the
    // parameters and the digest of a service that asks it. A lookup that fails is part of the
    // answer. Spawns "postmap -q", once for each table, digest and chroot.
    TableFacts look_up(const std::string& name, const ServiceFacts& facts);

private:
    // Asks the table; look_up() calls it once for each table, digest and chroot.
    TableFacts ask(const std::string& name, const ServiceFacts& facts);
    // Looks at the files of the table. Returns false if they say how its lookups end.
    bool read_files(TableFacts& table, const OpenedTable& opened, const ServiceFacts& facts,
        std::size_t keys) const;
    // Returns true if this Postfix was built without Berkeley DB, so that no map helps a hash: or
    // btree: table.
    bool is_without_type(TableFacts& table, const TableName& opened, std::size_t keys) const;
    // Reads the source, if it was not read before. Without it the verdict stays the same, but not
    // its explanation.
    void read_source(TableFacts& table, const TableName& opened) const;
    // Reads the rows of a database that have to do with the client.
    void read_rows(TableFacts& table, const TableName& opened) const;
    // Fills in the answers, by postmap or, for a database that does not let root in, as mail_owner.
    void query(TableFacts& table, const TableName& opened, const std::vector<std::string>& keys,
        const ServiceFacts& facts);
    void query_by_postmap(
        TableFacts& table, const TableName& opened, const std::vector<std::string>& keys);

    void query_without_folding(
        TableFacts& table, const TableName& opened, const std::vector<std::string>& keys);

    Postfix& postfix_;
    const ServiceQuery& query_;
    // By name, digest and chroot.
    std::map<std::tuple<std::string, std::string, bool>, TableFacts> known_;
};

} // namespace relayctl
