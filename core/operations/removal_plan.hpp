// The plan that removes what somebody has named from one table.
#pragma once

#include "core/operations/change_report.hpp"
#include "core/operations/consent.hpp"
#include "core/operations/removal_target.hpp"
#include "core/table/scope.hpp"

#include <set>
#include <string>
#include <vector>

namespace relayctl {

// What is to be removed from every table.
struct Removal {
    std::vector<RemovalTarget> targets;
    std::set<std::string> hosts; // words that some table lists as hosts
    bool all = false; // all entries, where several fit
    bool absent_is_fine = false; // it is no error if a target is not listed
};

// mass: gets the keys of the entries that only a pattern fits, and how many entries go and stay.
// Errors: ErrorKind::refused where a target is not listed, or where several entries fit without
// `all`.
Plan plan_removal(
    const Document& document, const Removal& removal, ChangeReport& report, MassRemoval& mass);

// What plan_removal() has to see of a table. The removal must outlive it.
Scope scope_of(const Removal& removal);

// Returns the message of throw_not_listed() for this word.
std::string not_listed_in_words(const std::string& word);

// Throws ErrorKind::refused.
[[noreturn]] void throw_not_listed(const RemovalTarget& target);

} // namespace relayctl
