// The entries of a document by fingerprint: for those who look for many of them.
#pragma once

#include "core/table/document.hpp"

#include <cstdint>
#include <vector>

namespace relayctl {

class EntryIndex {
public:
    // The document must outlive it.
    explicit EntryIndex(const Document& document);

    // As Document::find(): of duplicates, the first.
    const Entry* find(const Fingerprint& fingerprint) const noexcept;

private:
    struct Place {
        std::uint64_t beginning = 0; // of the fingerprint
        std::uint32_t entry = 0;
        friend auto operator<=>(const Place&, const Place&) = default;
    };

    const Document& document_;
    std::vector<Place> places_;
};

} // namespace relayctl
