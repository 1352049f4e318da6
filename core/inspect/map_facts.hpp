// What a map has, compared with its source.
#pragma once

#include "core/postfix/table_name.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace relayctl {

// Whether the map can be read, and if not, what the obstacle is.
enum class MapCondition : std::uint8_t {
    readable,
    missing, // there is no such file
    forbidden, // this user may not read it
    of_other_type, // Postfix cannot open it, as it is a map of another type or no map at all
    broken, // postmap cannot read it from end to end
};

// An entry of the source that the map does not have as it is there.
struct MissingRecord {
    std::string key;
    std::string value;
    std::uint32_t line = 0; // in the source, from 1
};

// How one map differs from its source. Of long lists only the beginning is kept.
struct MapFacts {
    TableName table;
    TableName opened; // the same with the type that Postfix opens
    std::string map_file;
    MapCondition condition = MapCondition::readable;
    std::string found_type; // of a map of_other_type: "hash", "btree", "unknown" or "empty"
    std::string problem; // of a broken map: what postmap said
    // The first entries that the map does not have, and how many there are.
    std::vector<MissingRecord> missing;
    std::size_t missing_count = 0;
    // The first records ("key<TAB>value") that the source does not have, and how many there are.
    std::vector<std::string> extra;
    std::size_t extra_count = 0;
    std::size_t capital_count = 0; // records whose key has capital letters

    // What makes room for a map that outgrew its size: "lmdb_map_size=134217728"; empty if it has
    // enough.
    std::string size_setting;

    bool differs() const { return missing_count + extra_count + capital_count > 0; }
};

} // namespace relayctl
