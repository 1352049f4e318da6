// Whom the lists of a service take in: networks, destinations, and the tables that are asked for
// what a client says of itself.
#pragma once

#include "app/ask_tables.hpp"
#include "core/postfix/match_list.hpp"

#include <map>
#include <string>
#include <vector>

namespace relayctl {

class ListAsker {
public:
    // Both must outlive it.
    ListAsker(TableAsker& tables, const GatherOptions& options);

    // Fills in what it has of mynetworks, disguise.by_xclient, elsewhere and access.
    // resolver: the parameters of the trivial-rewrite that smtpd asks; it decides which
    // destinations are ours, and -o options of smtpd change nothing about that. Spawns: "postmap
    // -q" once for each table in these lists.
    void ask(ServiceFacts& facts, const std::map<std::string, std::string>& resolver);

    // How much of the Internet a list of addresses takes in.
    Width width_of_list(const std::string& list, const ServiceFacts& facts);

private:
    // stopped_at is empty where it is not sure that smtpd fails there, too.
    std::vector<Taken> match(const std::string& list, const std::vector<MatchSubject>& subjects,
        const MatchRules& rules, const ServiceFacts& facts);
    const std::vector<Taken>& everywhere(const std::string& list, const ServiceFacts& facts);
    void ask_mynetworks(ServiceFacts& facts);
    // The client, from its address; without one, somebody from anywhere.
    Taken has_client(const std::string& list, const ServiceFacts& facts);
    std::optional<std::string> client_name(const ServiceFacts& facts) const;
    Elsewhere ask_elsewhere(
        const ServiceFacts& facts, const std::map<std::string, std::string>& resolver);
    std::optional<bool> has_recipient(const std::string& parameter, const ServiceFacts& facts);
    void ask_claim_tables(ServiceFacts& facts);
    ClaimTableFacts ask_claim_table(
        const std::string& word, const std::string& argument, const ServiceFacts& facts);

    // Of a table that is asked for what a client says of itself: the entries that permit. Who knows
    // one of its keys can say it.
    void add_listed_claims(
        ClaimTableFacts& result, const std::string& table, const ServiceFacts& facts);

    TableAsker& tables_;
    const GatherOptions& options_;
    std::string label_; // of a domain that nobody has
    std::map<std::string, std::vector<Taken>> everywhere_; // by list and chroot
    std::map<std::string, ClaimTableFacts> claim_tables_; // by word, argument and chroot
};

} // namespace relayctl
