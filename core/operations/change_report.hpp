// What an operation has done to a table, or in a dry run would do.
#pragma once

#include "core/postfix/table_name.hpp"
#include "core/store/plan.hpp"
#include "core/table/entry_view.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// An entry of which only the annotation changes, and how: "to be retired after ...".
struct UpdatedEntry {
    EntryView entry; // as it is afterwards
    std::string what;
};

// The entries that a plan changes. The planner fills it anew each time that it is called.
struct ChangeReport {
    std::vector<EntryView> added;
    std::vector<EntryView> removed; // a renamed entry is in both lists
    std::vector<EntryView> revoked; // those of `removed` whose clients are to relay no more
    std::vector<UpdatedEntry> updated;
    std::vector<std::string> warnings;
    std::string nothing_to_do; // why nothing changed: "the table is as the directory says"
    std::optional<EntryView>
        unchanged; // the entry of which nothing_to_do speaks: "is listed already"
};

// Takes the date of retirement from an entry that is to be retired. view: the entry as it is.
inline void keep_for_good(const Entry& entry, EntryView view, Editor& editor, ChangeReport& report)
{
    if (view.annotation.retire_after) {
        view.annotation.retire_after.reset();
        editor.set_annotation(entry, view.annotation);
        report.updated.push_back({ std::move(view), "no longer to be retired" });
    }
}

// What became of one table.
struct TableOutcome {
    TableName table;
    Publication publication;
    ChangeReport report;
    std::string error; // why it could not be changed; empty where it could
};

} // namespace relayctl
