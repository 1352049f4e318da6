// Whether a map has the content of its source: by content, because times lie (a touch, the same
// second, a copied file).
#pragma once

#include "core/audit/finding.hpp"
#include "core/base/hash_index.hpp"
#include "core/table/document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

class MapAudit {
public:
    // document: the source. The files are named in the findings. rebuild: the command that makes
    // the map anew, which is the hint of each.
    MapAudit(const Document& document, std::string source_file, std::string map_file,
        std::string rebuild);

    // One record of the map: "key<TAB>value".
    void record(std::string_view record);

    // After the last record. At most `most` findings of each kind, then one that counts the rest.
    std::vector<Finding> findings(std::size_t most = 10) const;

private:
    // Marks the entry that has this key and value; false where there is none.
    bool is_expected(std::string_view key, std::string_view value);
    std::uint32_t first_with(std::string_view key, std::uint64_t hash, std::uint32_t limit) const;

    const Document& document_;
    std::string source_file_;
    std::string map_file_;
    std::string rebuild_;
    HashIndex index_; // of the entries, by key
    std::vector<bool> awaited_; // by entry: the map has yet to tell it
    std::vector<std::string> extra_; // records that the source does not have
    std::size_t extra_count_ = 0;
    std::size_t capital_count_ = 0; // records whose key is not in small letters
};

} // namespace relayctl
