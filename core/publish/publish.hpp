// Publishing a change: source and map become the new ones together, or stay the old ones. docs/architecture.md has the
// protocol with the reason of each step.
#pragma once

#include "core/postfix/postfix.hpp"
#include "core/table/document.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What a planner wants done to a document.
struct Plan {
    std::vector<Splice> splices;
    std::size_t added = 0;    // entries
    std::size_t removed = 0;
    // What Postfix must answer afterwards: a value, or nothing.
    std::vector<std::pair<Fingerprint, std::optional<std::string>>> answers;
};

// Makes the plan for the source as it is; called again when the source has changed meanwhile. It may throw: nothing
// is changed then.
using Planner = std::function<Plan(const Document&)>;

struct PublishOptions {
    bool rebuild = true;             // false: leave the map as it is (--no-rebuild)
    bool force_rebuild = false;      // build the map also where nothing changes (the command rebuild)
    bool insecure_directory = false; // go on in a directory that others can write
    std::chrono::milliseconds lock_timeout{10'000};
};

enum class MapState { rebuilt, updated, unchanged, skipped, none };

struct Publication {
    bool changed = false;        // the source
    bool created = false;        // there was no source before
    MapState map = MapState::unchanged;
    bool reload_needed = false;  // running smtpd processes do not notice by themselves
    std::size_t old_warnings = 0; // what postmap said of lines that were there before
    std::vector<std::string> messages; // warnings of postmap about other things than this table
    std::vector<std::string> notes;    // what the administrator should know: hard links, leftovers of a killed run
};

// Errors: what the planner throws; ErrorKind::permission (lock, rights, rival editor), ErrorKind::postfix (postmap failed
// or warned of the new lines), ErrorKind::system, ErrorKind::interrupted. Each carries the state that it left.
Publication publish(Postfix& postfix, const TableName& table, const Planner& planner, const PublishOptions& options);

std::string_view to_string(MapState state) noexcept;

} // namespace relayctl
