// The orders in which the entries of a table can be read and listed.
#pragma once

#include <cstdint>

namespace relayctl {

enum class EntryOrder : std::uint8_t {
    any, // as the table has them
    key, // by the key in lower case, byte by byte
    host, // by the host in lower case, byte by byte
    expiry, // the soonest first, then those without an expiry
    added, // the oldest first, then those without a time
};

} // namespace relayctl
