// Lists new clients.
#pragma once

#include "core/operations/change.hpp"
#include "core/operations/client.hpp"

#include <vector>

namespace relayctl {

// What "add" is asked for: one client, or all clients of a list.
struct AddRequest {
    std::vector<NewClient> clients;
    bool replace = false; // an entry that has another host gets the new one
    std::vector<std::string> warnings; // about all of them, for the report
    ChangeOptions change;
};

// Adds an entry for each client that the table does not list yet; all of them or none. A client
// that is listed already is not to be retired any more; its annotation gets what was typed, and
// what its certificate says where that is not noted yet. Errors: ErrorKind::refused where one is
// listed for another host, without `replace`; those of change_table().
ChangeResult add_clients(const TableAccess& access, const TableName& table,
    const AddRequest& request, Observer& observer);

} // namespace relayctl
