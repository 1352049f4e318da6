#include "core/table/entry_index.hpp"

#include "core/base/bytes.hpp"
#include "core/base/text.hpp"

namespace relayctl {

namespace {

// The bytes are quicker to hash than the text that they make.
std::uint64_t hash_of_fingerprint(const Fingerprint& fingerprint)
{
    const auto bytes = fingerprint.bytes();
    return hash_of({ reinterpret_cast<const char*>(bytes.data()), bytes.size() });
}

// Returns the same for a key of either case that is a fingerprint.
std::uint64_t hash_of_key(std::string_view key)
{
    const auto fingerprint = Fingerprint::from_key(key);
    return fingerprint ? hash_of_fingerprint(*fingerprint) : hash_ignoring_case(key);
}

} // namespace

void EntryIndex::build()
{
    std::vector<std::uint64_t> hashes;
    hashes.reserve(document_.entries().size());
    for (const Entry& entry : document_.entries()) {
        hashes.push_back(hash_of_key(document_.key(entry)));
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
    return search(hash_of_fingerprint(fingerprint),
        [&](std::string_view key) { return Fingerprint::from_key(key) == fingerprint; });
}

const Entry* EntryIndex::find_key(std::string_view key)
{
    return search(
        hash_of_key(key), [&](std::string_view other) { return equal_ignoring_case(other, key); });
}

template <typename IsSame> const Entry* EntryIndex::search(std::uint64_t hash, IsSame is_same)
{
    const auto entries = document_.entries();
    if (index_.size() != entries.size()) {
        build();
    }
    const std::uint32_t found = index_.find(hash, index_.size(), [&](std::uint32_t number) {
        return !entries[number].is_never_found && is_same(document_.key(entries[number]));
    });
    return found == index_.size() ? nullptr : &entries[found];
}

} // namespace relayctl
