// Finds entries of a document by their key, for whoever searches for many of them. The first find()
// goes through the document; the index is built when it is needed again.
#pragma once

#include "core/base/hash_index.hpp"
#include "core/table/document.hpp"

namespace relayctl {

// One thread uses it, since a search may build the index.
class EntryIndex {
public:
    // The document must outlive it.
    explicit EntryIndex(const Document& document)
        : document_(document)
    {
    }

    // Returns what Document::find() returns: the first of duplicates.
    const Entry* find(const Fingerprint& fingerprint);
    // Does the same for any key, in any case of letters.
    const Entry* find_key(std::string_view key);

private:
    // Makes the index of all keys, which reads each of them once.
    void build();
    // Returns the first entry with the hash for whose key is_same(key) is true.
    template <typename IsSame> const Entry* search(std::uint64_t hash, IsSame is_same);

    const Document& document_;
    HashIndex index_;
    bool has_been_asked_ = false;
};

} // namespace relayctl
