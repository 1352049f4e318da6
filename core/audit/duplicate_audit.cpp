#include "core/audit/duplicate_audit.hpp"

#include "core/base/duplicates.hpp"
#include "core/base/text.hpp"
#include "core/table/scanner.hpp"

#include <utility>

namespace relayctl {

namespace {

// The key and value of an entry.
using KeyAndValue = std::pair<std::string, std::string>;

KeyAndValue read_entry(const EntryPlace& place, const TextFrom& text_from)
{
    const std::string text = text_from(place.begin);
    LineScanner scanner(text);
    LogicalLine line;
    scanner.next(line);
    return { std::string(line.key), std::string(line.value) };
}

Finding duplicate(const EntryPlace& first, const EntryPlace& later, const TableName& table,
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

std::vector<Finding> audit_duplicates(
    const ListedKeys& keys, const TableName& table, const TextFrom& text_from)
{
    const auto is_same = [&](std::uint32_t first, std::uint32_t later) {
        return equal_ignoring_case(read_entry(keys.places[first], text_from).first,
            read_entry(keys.places[later], text_from).first);
    };
    std::vector<Finding> findings;
    for (const auto [first, later] : find_duplicates(keys.hashes, is_same)) {
        findings.push_back(duplicate(keys.places[first], keys.places[later], table, text_from));
    }
    return findings;
}

} // namespace relayctl
