#include "core/table/index.hpp"

#include <algorithm>

namespace relayctl {

namespace {

std::uint64_t beginning_of_bytes(const Fingerprint& fingerprint) noexcept
{
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8 && i < fingerprint.size(); ++i) {
        number = number << 8 | fingerprint.bytes()[i];
    }
    return number;
}

} // namespace

EntryIndex::EntryIndex(const Document& document) : document_(document)
{
    const auto entries = document.entries();
    places_.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (const auto fingerprint = Fingerprint::from_key(document.key(entries[i]))) {
            places_.push_back({beginning_of_bytes(*fingerprint), static_cast<std::uint32_t>(i)});
        }
    }
    std::sort(places_.begin(), places_.end());
}

const Entry* EntryIndex::find(const Fingerprint& fingerprint) const noexcept
{
    const std::uint64_t beginning = beginning_of_bytes(fingerprint);
    for (auto place = std::lower_bound(places_.begin(), places_.end(), Place{beginning, 0});
         place != places_.end() && place->beginning == beginning; ++place) {
        const Entry& entry = document_.entries()[place->entry];
        if (Fingerprint::from_key(document_.key(entry)) == fingerprint) {
            return &entry;
        }
    }
    return nullptr;
}

} // namespace relayctl
