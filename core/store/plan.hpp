// What is to be done to a table and what came of it, whatever the table is kept in.
#pragma once

#include "core/store/history_record.hpp"
#include "core/table/editor.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// What a planner wants done to a document.
struct Plan {
    std::vector<Edit> edits; // empty: nothing is to be done
    // For a source that has no entries yet, instead of edits: text of whole lines that is to be
    // appended. A million entries would be a million edits.
    std::vector<std::string> lines;
    std::uint64_t undoes = 0; // the number of the change that the plan takes back; 0: none
    bool accepts_warnings = false; // publish lines that postmap warns of, too
    std::size_t added = 0; // entries
    std::size_t removed = 0;
    // What Postfix must answer for these fingerprints afterwards; no value: it must find nothing.
    std::vector<std::pair<Fingerprint, std::optional<std::string>>> answers;
};

// Makes the plan for the entries as they are. It is called again if they have changed meanwhile. If
// it throws, nothing is changed.
using Planner = std::function<Plan(const Document&)>;

// What the user wants of a change besides the plan. For a database only the two time limits count.
struct PublishOptions {
    bool rebuild = true; // false: leave the map as it is (--no-rebuild)
    bool force_rebuild = false; // build the map even if nothing changes (the command rebuild)
    bool insecure_directory = false; // go on in a directory that others can write
    bool in_place = false; // write a source or map that is a mount point in place
    bool keep_history = true; // false: make the change without a record of it (--no-history)
    HistoryLimit history_limit; // how much of the history is kept
    std::chrono::milliseconds lock_timeout{ 10'000 };
    // How long to wait until every standby of a database has the change; no value: not at all.
    std::optional<std::chrono::seconds> replica_timeout;
};

// What became of the map: made anew, changed key by key, left as it is because it is that of the
// source, left as it is on request, or none because the type has none.
enum class MapState { rebuilt, updated, unchanged, skipped, none };

// What came of a change.
struct Publication {
    bool changed = false; // the source
    bool created = false; // there was no source before
    MapState map = MapState::unchanged;
    bool reload_needed = false; // running smtpd processes do not notice by themselves
    std::size_t old_warnings = 0; // what postmap said of lines that were there before
    std::vector<std::string> messages; // warnings of postmap about other things than this table
    // Why it is not known that every standby has the change, if that was to be waited for.
    std::string not_replicated;
    // Why another map that is made of the same source could not be rebuilt.
    std::string not_published;
    // What the administrator should know: hard links, leftovers of a killed run.
    std::vector<std::string> notes;
};

// Returns the name of the state in the JSON and the log: "rebuilt".
std::string_view to_string(MapState state) noexcept;

} // namespace relayctl
