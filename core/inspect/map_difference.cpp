// The map is read record by record and compared with an index of the source, so the map is never in
// memory as a whole. What the source has and no record brought is missing at the end; a record that
// the source does not have is extra.
#include "core/inspect/map_difference.hpp"

#include "core/base/bytes.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

MapDifference::MapDifference(const Document& source, std::size_t most)
    : source_(source)
    , most_(most)
{
    const auto entries = source.entries();
    std::vector<std::uint64_t> hashes;
    hashes.reserve(entries.size());
    for (const Entry& entry : entries) {
        hashes.push_back(hash_ignoring_case(source.key(entry)));
    }
    index_ = HashIndex(std::move(hashes));
    // Of duplicates only the first is in the map.
    awaited_.resize(entries.size());
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
        const std::string_view key = source.key(entries[i]);
        // Keys beyond ASCII are folded by other rules than ours, so none is awaited.
        awaited_[i] = is_ascii(key) && first_with(key, index_.hash(i), i) == i;
    }
}

std::uint32_t MapDifference::first_with(
    std::string_view key, std::uint64_t hash, std::uint32_t limit) const
{
    return index_.find(hash, limit, [&](std::uint32_t i) {
        return equal_ignoring_case(key, source_.key(source_.entries()[i]));
    });
}

bool MapDifference::is_expected(std::string_view key, std::string_view value)
{
    const std::uint32_t found = first_with(key, hash_ignoring_case(key), index_.size());
    if (found == index_.size() || value != source_.value(source_.entries()[found])) {
        return false;
    }
    // A key that comes twice from the map counts as found once.
    awaited_[found] = false;
    // smtpd looks for keys in lower case, so a record with capitals is never found.
    capital_count_
        += std::any_of(key.begin(), key.end(), [](char c) { return c != lower(c); }) ? 1 : 0;
    return true;
}

void MapDifference::record(std::string_view record)
{
    // A key may hold tabs, quoted or behind a backslash.
    std::size_t tab = 0;
    do {
        tab = std::min(record.find('\t', tab + 1), record.size());
        const std::string_view key = record.substr(0, tab);
        // Postfix folds letters beyond ASCII by Unicode's rules; such keys are no fingerprints.
        if (!is_ascii(key) || (tab < record.size() && is_expected(key, record.substr(tab + 1)))) {
            return;
        }
        if (key.find_first_of("\"\\") == std::string_view::npos) {
            break;
        }
    } while (tab < record.size());
    ++extra_count_;
    // Only the first ones are shown, but all are counted.
    if (extra_.size() < most_) {
        extra_.emplace_back(record);
    }
}

void MapDifference::finish(MapFacts& facts)
{
    for (std::size_t i = 0; i < awaited_.size(); ++i) {
        if (!awaited_[i] || ++facts.missing_count > most_) {
            continue;
        }
        const Entry& entry = source_.entries()[i];
        facts.missing.push_back(
            { std::string(source_.key(entry)), std::string(source_.value(entry)), entry.line });
    }
    facts.extra = std::move(extra_);
    facts.extra_count = extra_count_;
    facts.capital_count = capital_count_;
}

} // namespace relayctl
