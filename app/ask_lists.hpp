// Whom the lists of a service take in: networks, destinations, and the tables that are asked for
// what a client says of itself.
#pragma once

#include "app/ask_tables.hpp"
#include "core/audit/match_list.hpp"

#include <map>
#include <string>
#include <vector>

namespace relayctl {

class ListAsker {
public:
    // Both must outlive it.
    ListAsker(TableAsker& tables, const GatherOptions& options);

    // Fills in in_mynetworks, mynetworks_width, disguise.by_xclient, elsewhere and access.
    // resolver: the parameters of the trivial-rewrite that smtpd asks; it decides which
    // destinations are ours, and -o options of smtpd change nothing about that. Spawns: "postmap
    // -q" once for each table in these lists.
    void ask(ServiceFacts& facts, const std::map<std::string, std::string>& resolver);

    // How much of the Internet a list of addresses takes in.
    Width width_of_list(const std::string& list, const ServiceFacts& facts);

private:
    std::vector<std::optional<bool>> match(const std::string& list,
        const std::vector<MatchSubject>& subjects, const MatchRules& rules,
        const ServiceFacts& facts);
    const std::vector<std::optional<bool>>& everywhere(
        const std::string& list, const ServiceFacts& facts);
    // The client, from its address; without one, somebody from anywhere.
    std::optional<bool> has_client(const std::string& list, const ServiceFacts& facts);
    std::optional<std::string> client_name(const ServiceFacts& facts) const;
    Elsewhere ask_elsewhere(
        const ServiceFacts& facts, const std::map<std::string, std::string>& resolver);
    std::optional<bool> has_recipient(const std::string& parameter, const ServiceFacts& facts);
    void ask_claim_tables(ServiceFacts& facts);
    ClaimTableFacts ask_claim_table(
        const std::string& word, const std::string& argument, const ServiceFacts& facts);

    TableAsker& tables_;
    const GatherOptions& options_;
    std::string label_; // of a domain that nobody has
    std::map<std::string, std::vector<std::optional<bool>>> everywhere_; // by list and chroot
    std::map<std::string, ClaimTableFacts> claim_tables_; // by word, argument and chroot
};

} // namespace relayctl
