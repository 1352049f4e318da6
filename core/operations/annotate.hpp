// Writes what certificates say, and what the administrator knows, into the annotations of entries.
#pragma once

#include "core/operations/change.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What is noted of every client that is named. What is empty or has no value stays as it is.
struct Remarks {
    std::string note;
    std::string owner;
    std::optional<Time> until;
    bool has_no_end = false; // takes the end away

    bool is_any() const { return !note.empty() || !owner.empty() || until || has_no_end; }
};

// What "annotate" is asked for.
struct AnnotateRequest {
    std::vector<std::string> who; // as for find_clients()
    Remarks remarks;
    bool if_exists = false; // a client that is not listed is only warned of
    ChangeOptions change;
};

// In every table that lists any of them, whatever the digest. The certificate of a file says more
// than the remarks. Errors: those of find_clients(); ErrorKind::usage where nothing is to be noted
// of a client; ErrorKind::refused where no table lists one, without if_exists; those of
// change_table().
ChangeResult annotate(
    const TableAccess& access, const AnnotateRequest& request, Observer& observer);

} // namespace relayctl
