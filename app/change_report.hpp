// What a changing command has to say of its change.
#pragma once

#include "app/entry_view.hpp"
#include "core/postfix/table_name.hpp"
#include "core/store/plan.hpp"

#include <string>
#include <vector>

namespace relayctl {

// An entry of which only the annotation changes, and how: "to be retired after ...".
struct UpdatedEntry {
    EntryView entry; // as it is afterwards
    std::string what;
};

// Filled by the planner of the command, anew each time that is called.
struct ChangeReport {
    std::vector<EntryView> added;
    std::vector<EntryView> removed; // one that is renamed is in both
    std::vector<EntryView> revoked; // of removed: those whose clients are to relay no more
    std::vector<UpdatedEntry> updated;
    std::vector<std::string> warnings;
    std::string nothing_to_do; // said where nothing changed: "zen.suse.co.uk is listed already"
};

// What became of one table.
struct TableOutcome {
    TableName table;
    Publication publication;
    ChangeReport report;
    std::string error; // why it could not be changed; empty where it could
};

} // namespace relayctl
