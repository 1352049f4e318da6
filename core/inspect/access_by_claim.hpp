// What the access tables say that are asked for what a client claims of itself: its name and
// address, or the HELO, sender or recipient that it gives.
#pragma once

#include "core/inspect/key_lookup.hpp"
#include "core/inspect/service_facts.hpp"
#include "core/inspect/service_query.hpp"

#include <map>
#include <string>
#include <vector>

namespace relayctl {

// Asks the tables of all services of one query; a table that several of them have is asked once.
class AccessByClaim {
public:
    // All must outlive it. label: see random_label().
    AccessByClaim(KeyLookup& tables, const ServiceQuery& query, const std::string& label)
        : tables_(tables)
        , query_(query)
        , label_(label)
    {
    }

    // Fills in facts.access for each such table in the restriction lists and classes of the
    // service. Spawns "postmap -q" once for each table, and "postmap -s" for some.
    void ask(ServiceFacts& facts);

private:
    // implied_word: the word that a table without one in front of it has in this list; empty if it
    // has none there.
    void ask_tables_in(const std::vector<std::string>& words, const std::string& implied_word,
        ServiceFacts& facts);
    ClaimTableFacts ask_table(
        const std::string& word, const std::string& table, const ServiceFacts& facts);

    KeyLookup& tables_;
    const ServiceQuery& query_;
    const std::string& label_;
    std::map<std::string, ClaimTableFacts> known_; // by word, argument and chroot
};

} // namespace relayctl
