// Whether two tables have the same records, told from a number for each: no record is looked for in
// the other table.
#pragma once

#include "core/table/document.hpp"

#include <cstdint>
#include <string_view>

namespace relayctl {

// Of records in whatever order. Equal contents have equal sums; others have them once in 2^64
// times.
class ContentSum {
public:
    // "key<TAB>value", the key as it is in a map.
    void add(std::string_view record) noexcept;
    void add(const ContentSum& other) noexcept;

    bool operator==(const ContentSum&) const = default;

private:
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0; // of the hashes of all, modulo 2^64
};

// Of the entries as postmap stores them, with the letters of ASCII in the keys made small. Where
// the source has duplicates, of which postmap stores the first, the sum is not that of its map.
ContentSum content_of(const Document& document);

} // namespace relayctl
