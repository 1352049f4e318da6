// Which entries of a table are read, and in which order.
#pragma once

#include "core/table/annotation.hpp"
#include "core/x509/fingerprint.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// The orders in which the entries of a table can be read and listed.
enum class EntryOrder : std::uint8_t {
    any, // as the table has them
    key, // by the key in lower case, byte by byte
    host, // by the host in lower case, byte by byte
    expiry, // the soonest first, then those without an expiry
    added, // the oldest first, then those without a time
};

// The entries that a change needs to see. All of a text is read in any case, but a database is
// asked for no more than these.
struct Scope {
    // Entries with one of these fingerprints, in whatever spelling; with one of these keys or
    // hosts, in any case of letters; and all that have the same key as one of those.
    std::vector<Fingerprint> fingerprints;
    std::vector<std::string> keys;
    std::vector<std::string> hosts;

    bool everything = false; // all of the table, or the entries for which `keeps` returns true
    // With `everything`: returns true if the entry can make a difference. If it is empty, all can.
    std::function<bool(std::string_view key, std::string_view value, const Annotation& annotation)>
        keeps = {};
    bool with_same_keys = false; // adds the entries with the key of one that `keeps` has chosen
    bool counts_all = false; // Document::entries_in_table() must be right

    static Scope all()
    {
        Scope scope;
        scope.everything = true;
        return scope;
    }
};

} // namespace relayctl
