#include "core/table/entry_index.hpp"

#include "core/base/bytes.hpp"
#include "core/base/text.hpp"

namespace relayctl {

void EntryIndex::build()
{
    std::vector<std::uint64_t> hashes;
    hashes.reserve(document_.entries().size());
    for (const Entry& entry : document_.entries()) {
        hashes.push_back(hash_ignoring_case(document_.key(entry)));
    }
    // Keys are compared only where hashes are equal, so the hashes are all that is kept.
    index_ = HashIndex(std::move(hashes));
}

const Entry* EntryIndex::find(const Fingerprint& fingerprint)
{
    // An index pays off from the second search on.
    if (!has_been_asked_) {
        has_been_asked_ = true;
        return document_.find(fingerprint);
    }
    return find_key(fingerprint.to_string());
}

const Entry* EntryIndex::find_key(std::string_view key)
{
    const auto entries = document_.entries();
    if (index_.size() != entries.size()) {
        build();
    }
    const std::uint32_t found
        = index_.find(hash_ignoring_case(key), index_.size(), [&](std::uint32_t number) {
              return !entries[number].is_never_found
                  && equal_ignoring_case(document_.key(entries[number]), key);
          });
    return found == index_.size() ? nullptr : &entries[found];
}

} // namespace relayctl
