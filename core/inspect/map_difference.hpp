// How the records of a map differ from the entries of its source. They are compared by content,
// because times lie: a touch, the same second, a copied file.
#pragma once

#include "core/base/hash_index.hpp"
#include "core/inspect/map_facts.hpp"
#include "core/table/document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Takes the records of a map one by one, and remembers what differs.
class MapDifference {
public:
    // source: must outlive it. most: how many examples of each kind are kept.
    explicit MapDifference(const Document& source, std::size_t most = 10);

    // Takes one record of the map: "key<TAB>value".
    void record(std::string_view record);

    // Writes the differences to the facts; after the last record.
    void finish(MapFacts& facts);

private:
    // Marks the entry that has this key and value. Returns false if there is none.
    bool is_expected(std::string_view key, std::string_view value);
    // Returns the first entry before `limit` with this key, ignoring case; `limit` if there is
    // none.
    std::uint32_t first_with(std::string_view key, std::uint64_t hash, std::uint32_t limit) const;

    const Document& source_;
    std::size_t most_;
    HashIndex index_; // of the entries, by key
    std::vector<bool> awaited_; // by entry: the map has not had it yet
    std::vector<std::string> extra_;
    std::size_t extra_count_ = 0;
    std::size_t capital_count_ = 0;
};

} // namespace relayctl
