#include "core/audit/map_audit.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <functional>

namespace relayctl {

namespace {

constexpr std::size_t kept_examples = 1000;

std::size_t hash_of(std::string_view text)
{
    return std::hash<std::string_view>()(text);
}

// Postfix folds other letters by Unicode's rules; such keys are no fingerprints, and are left out on both sides.
bool is_plain(std::string_view key)
{
    return std::none_of(key.begin(), key.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

void fold_into(std::string& out, std::string_view key)
{
    out.resize(key.size());
    std::transform(key.begin(), key.end(), out.begin(), lower);
}

} // namespace

MapAudit::MapAudit(const Document& document, std::string source_file, std::string map_file)
    : document_(document), source_file_(std::move(source_file)), map_file_(std::move(map_file))
{
    // First by key alone, so that of duplicates only the first is expected.
    std::string folded;
    const auto entries = document.entries();
    std::vector<Expected> keys;
    keys.reserve(entries.size());
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
        if (is_plain(document.key(entries[i]))) {
            fold_into(folded, document.key(entries[i]));
            keys.push_back({hash_of(folded), i, false});
        }
    }
    std::sort(keys.begin(), keys.end(), [](const Expected& a, const Expected& b) {
        return a.hash != b.hash ? a.hash < b.hash : a.entry < b.entry;
    });
    const auto same_key = [&](const Expected& a, const Expected& b) {
        return a.hash == b.hash && equal_ignoring_case(document.key(entries[a.entry]), document.key(entries[b.entry]));
    };
    keys.erase(std::unique(keys.begin(), keys.end(), same_key), keys.end());
    expected_ = std::move(keys);
}

bool MapAudit::is_expected(std::string_view key, std::string_view value)
{
    const std::size_t hash = hash_of(key);
    auto found = std::lower_bound(expected_.begin(), expected_.end(), hash,
                                  [](const Expected& expected, std::size_t wanted) { return expected.hash < wanted; });
    for (; found != expected_.end() && found->hash == hash; ++found) {
        const Entry& entry = document_.entries()[found->entry];
        if (equal_ignoring_case(key, document_.key(entry)) && value == document_.value(entry)) {
            found->seen = true;
            return true;
        }
    }
    return false;
}

void MapAudit::record(std::string_view record)
{
    // A key may hold tabs, quoted or behind a backslash.
    std::size_t tab = 0;
    do {
        tab = std::min(record.find('\t', tab + 1), record.size());
        const std::string_view key = record.substr(0, tab);
        if (!is_plain(key) || (tab < record.size() && is_expected(key, record.substr(tab + 1)))) {
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
    const std::string hint = "relayctl rebuild";
    std::size_t missing = 0;
    std::vector<std::uint32_t> missing_entries;
    for (const Expected& expected : expected_) {
        if (!expected.seen) {
            ++missing;
            missing_entries.push_back(expected.entry);
        }
    }
    std::sort(missing_entries.begin(), missing_entries.end());
    for (const std::uint32_t index : missing_entries) {
        if (result.size() == most) {
            break;
        }
        const Entry& entry = document_.entries()[index];
        result.push_back({Severity::error, "map-differs", source_file_, entry.line, 1,
                          "the map does not have this entry as it is here: " + quote(document_.key(entry), 100) + ' '
                              + quote(document_.value(entry)) + " has no effect yet", hint});
    }
    if (missing > most) {
        result.push_back({Severity::error, "map-differs", source_file_, 0, 0,
                          "and " + count_of(missing - most, "more entry that the map does not have", "more entries that the map does not have"), hint});
    }
    for (std::size_t i = 0; i < std::min(most, extra_.size()); ++i) {
        const std::size_t tab = std::min(extra_[i].find('\t'), extra_[i].size());
        result.push_back({Severity::error, "map-differs", map_file_, 0, 0,
                          "the map has " + quote(extra_[i].substr(0, tab), 100) + ' ' + quote(extra_[i].substr(std::min(tab + 1, extra_[i].size())))
                              + ", which the source does not have so: that client can still relay", hint});
    }
    if (extra_count_ > most) {
        result.push_back({Severity::error, "map-differs", map_file_, 0, 0,
                          "and " + count_of(extra_count_ - most, "more record that the source does not have", "more records that the source does not have"), hint});
    }
    return result;
}

} // namespace relayctl
