// What a table has to do with Berkeley DB, which Postfix is leaving: 3.11 and later,
// NON_BERKELEYDB_README.
#pragma once

#include "core/postfix/table_name.hpp"

#include <string>

namespace relayctl {

struct BerkeleyFacts {
    TableName table; // without wrappers, and with its whole path
    TableName opened; // the same with the type that Postfix opens
    bool is_going = false; // it is hash: or btree:, and this Postfix is going to lose them
    std::string successor = {}; // where it is going: the type to take instead, "lmdb"; else empty
    // A map of Berkeley DB of the same source that neither the table nor any other setting opens;
    // empty if there is none.
    std::string old_map = {};
    bool old_map_is_open = false; // a process has it open, or this user cannot see whether
};

} // namespace relayctl
