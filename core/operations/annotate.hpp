// Writes what certificates say into the annotations of their entries.
#pragma once

#include "core/operations/change.hpp"

#include <string>
#include <vector>

namespace relayctl {

// What "annotate" is asked for.
struct AnnotateRequest {
    std::vector<std::string> files; // certificates of clients that are listed
    std::string note; // empty: the notes stay as they are
    bool if_exists = false; // a certificate that is not listed is only warned of
    ChangeOptions change;
};

// In every table that lists any of them, whatever the digest. Errors: those of
// load_certificates(); ErrorKind::refused where no table lists one, without if_exists; those of
// change_table().
ChangeResult annotate(
    const TableAccess& access, const AnnotateRequest& request, Observer& observer);

} // namespace relayctl
