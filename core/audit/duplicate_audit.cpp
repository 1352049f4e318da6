#include "core/audit/duplicate_audit.hpp"

#include "core/base/duplicates.hpp"
#include "core/base/text.hpp"
#include "core/table/scanner.hpp"

#include <numeric>
#include <utility>

namespace relayctl {

namespace {

// The key and value of an entry.
using KeyAndValue = std::pair<std::string, std::string>;

KeyAndValue read_entry(const ListedKey& key, const TextFrom& text_from)
{
    const std::string text = text_from(key.begin);
    LineScanner scanner(text);
    LogicalLine line;
    scanner.next(line);
    return { std::string(line.key), std::string(line.value) };
}

Finding duplicate(const ListedKey& first, const ListedKey& later, const TableName& table,
    const TextFrom& text_from)
{
    const std::string same_key = "the same key as line " + std::to_string(first.line);
    // smtpd opens a texthash table without the flags that make a duplicate a warning, so
    // dict_thash.c fails for the whole table; postmap -q only warns (observed on 3.7.11).
    if (table.traits().is_read_once) {
        return { Severity::error, "duplicate", table.path, later.line, 1,
            same_key
                + ": smtpd refuses the whole texthash table and answers 451 to every client with a "
                  "certificate",
            "remove one of the two lines" };
    }
    // The first of two equal keys stays: postmap only warns of the second one.
    return { Severity::warning, "duplicate", table.path, later.line, 1,
        same_key + ", which wins: Postfix sees " + quote(read_entry(first, text_from).second)
            + " and never " + quote(read_entry(later, text_from).second),
        "remove one of the two lines" };
}

} // namespace

std::vector<Finding> audit_duplicates(std::span<const std::vector<ListedKey>> parts,
    const TableName& table, const TextFrom& text_from)
{
    DuplicateFilter filter(std::accumulate(parts.begin(), parts.end(), std::size_t{ 0 },
        [](std::size_t count, const auto& part) { return count + part.size(); }));
    for (const auto& part : parts) {
        for (const ListedKey& key : part) {
            filter.add(key.hash);
        }
    }
    std::vector<ListedKey> keys;
    std::vector<std::uint64_t> hashes;
    for (const auto& part : parts) {
        for (const ListedKey& key : part) {
            if (filter.may_be_shared(key.hash)) {
                keys.push_back(key);
                hashes.push_back(key.hash);
            }
        }
    }
    const auto is_same = [&](std::uint32_t first, std::uint32_t later) {
        return equal_ignoring_case(
            read_entry(keys[first], text_from).first, read_entry(keys[later], text_from).first);
    };
    std::vector<Finding> findings;
    for (const auto [first, later] : find_duplicates(hashes, is_same)) {
        findings.push_back(duplicate(keys[first], keys[later], table, text_from));
    }
    return findings;
}

} // namespace relayctl
