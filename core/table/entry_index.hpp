// The entries of a document by fingerprint: for those who look for many of them.
#pragma once

#include "core/base/hash_index.hpp"
#include "core/table/document.hpp"

namespace relayctl {

class EntryIndex {
public:
    // The document must outlive it.
    explicit EntryIndex(const Document& document)
        : document_(document)
    {
    }

    // As Document::find(): of duplicates, the first.
    const Entry* find(const Fingerprint& fingerprint);
    // The same of any key, in any case of letters.
    const Entry* find_key(std::string_view key);

private:
    void build();

    const Document& document_;
    HashIndex index_;
    bool asked_ = false; // once: then it is worth its making
};

} // namespace relayctl
