// Whether the lists of a service (mynetworks, relay_domains and their like) take in somebody.
#pragma once

#include "core/inspect/key_lookup.hpp"
#include "core/inspect/service_facts.hpp"
#include "core/postfix/match_list.hpp"

#include <string>
#include <vector>

namespace relayctl {

// Returns for each subject whether the list takes it in. Reads the files and asks the tables that
// the list names, each of them once; a file of more than 16 MiB is taken as one that smtpd cannot
// read. stopped_at is empty if it is not certain that smtpd fails there as well.
std::vector<Taken> look_up_list(KeyLookup& tables, const std::string& list,
    const std::vector<MatchSubject>& subjects, const MatchRules& rules, const ServiceFacts& facts);

// Reads the list and the files that it names, without asking any table.
std::vector<MatchPattern> read_match_list(const std::string& list);

// Returns whether parent_domain_matches_subdomains names the list: its domains stand for the
// domains below them as well.
bool matches_below(const ServiceFacts& facts, const char* list);

} // namespace relayctl
