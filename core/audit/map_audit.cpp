#include "core/audit/map_audit.hpp"

#include "core/base/bytes.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

constexpr std::size_t kept_examples = 1000;

} // namespace

MapAudit::MapAudit(
    const Document& document, std::string source_file, std::string map_file, std::string rebuild)
    : document_(document)
    , source_file_(std::move(source_file))
    , map_file_(std::move(map_file))
    , rebuild_(std::move(rebuild))
{
    const auto entries = document.entries();
    std::vector<std::uint64_t> hashes;
    hashes.reserve(entries.size());
    for (const Entry& entry : entries) {
        hashes.push_back(hash_ignoring_case(document.key(entry)));
    }
    index_ = HashIndex(std::move(hashes));
    // Of duplicates only the first is in the map.
    awaited_.resize(entries.size());
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
        const std::string_view key = document.key(entries[i]);
        awaited_[i] = is_ascii(key) && first_with(key, index_.hash(i), i) == i;
    }
}

std::uint32_t MapAudit::first_with(
    std::string_view key, std::uint64_t hash, std::uint32_t limit) const
{
    return index_.find(hash, limit, [&](std::uint32_t i) {
        return equal_ignoring_case(key, document_.key(document_.entries()[i]));
    });
}

bool MapAudit::is_expected(std::string_view key, std::string_view value)
{
    const std::uint32_t found = first_with(key, hash_ignoring_case(key), index_.size());
    if (found == index_.size() || value != document_.value(document_.entries()[found])) {
        return false;
    }
    awaited_[found] = false;
    capital_count_
        += std::any_of(key.begin(), key.end(), [](char c) { return c != lower(c); }) ? 1 : 0;
    return true;
}

void MapAudit::record(std::string_view record)
{
    // A key may hold tabs, quoted or behind a backslash.
    std::size_t tab = 0;
    do {
        tab = std::min(record.find('\t', tab + 1), record.size());
        const std::string_view key = record.substr(0, tab);
        if (!is_ascii(key)
            || // Postfix folds other letters by Unicode's rules; such keys are no fingerprints
            (tab < record.size() && is_expected(key, record.substr(tab + 1)))) {
            return;
        }
        if (key.find_first_of("\"\\") == std::string_view::npos) {
            break;
        }
    } while (tab < record.size());
    ++extra_count_;
    if (extra_.size() < kept_examples) {
        extra_.emplace_back(record);
    }
}

std::vector<Finding> MapAudit::findings(std::size_t most) const
{
    std::vector<Finding> result;
    std::size_t missing = 0;
    for (std::size_t i = 0; i < awaited_.size(); ++i) {
        if (!awaited_[i] || ++missing > most) {
            continue;
        }
        const Entry& entry = document_.entries()[i];
        result.push_back({ Severity::error, "map-differs", source_file_, entry.line, 1,
            "the map does not have this entry as it is here: " + quote(document_.key(entry), 100)
                + ' ' + quote(document_.value(entry)) + " has no effect yet",
            rebuild_ });
    }
    if (missing > most) {
        result.push_back({ Severity::error, "map-differs", source_file_, 0, 0,
            "and "
                + count_of(missing - most, "more entry that the map does not have",
                    "more entries that the map does not have"),
            rebuild_ });
    }
    if (capital_count_ > 0) {
        result.push_back({ Severity::error, "map-unfolded", map_file_, 0, 0,
            count_of(capital_count_, "key is", "keys are")
                + " in capital letters: smtpd asks in small ones and finds none of them. "
                  "postmap -f makes such maps, and plain postmap where an lmdb map outgrows "
                  "lmdb_map_size",
            rebuild_ });
    }
    for (std::size_t i = 0; i < std::min(most, extra_.size()); ++i) {
        const std::size_t tab = std::min(extra_[i].find('\t'), extra_[i].size());
        result.push_back({ Severity::error, "map-differs", map_file_, 0, 0,
            "the map has " + quote(extra_[i].substr(0, tab), 100) + ' '
                + quote(extra_[i].substr(std::min(tab + 1, extra_[i].size())))
                + ", which the source does not have so: that client can still relay",
            rebuild_ });
    }
    if (extra_count_ > most) {
        result.push_back({ Severity::error, "map-differs", map_file_, 0, 0,
            "and "
                + count_of(extra_count_ - most, "more record that the source does not have",
                    "more records that the source does not have"),
            rebuild_ });
    }
    return result;
}

} // namespace relayctl
