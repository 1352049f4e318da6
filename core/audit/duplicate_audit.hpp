// Finds entries of a source that have the same key, without having the source in memory.
#pragma once

#include "core/audit/finding.hpp"
#include "core/postfix/table_name.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace relayctl {

// The key of an entry, and where the entry stands in the source.
struct ListedKey {
    std::uint64_t hash; // hash_ignoring_case() of the key
    std::uint32_t line; // from 1
    std::uint32_t begin; // of the line, in bytes
};

// Reads the source from this place on: at least the logical line that begins there.
using TextFrom = std::function<std::string(std::size_t begin)>;

// Returns a finding for each entry whose key an earlier one has, in the order of the lines. parts:
// the keys of the source, in the order of the lines. Only keys with equal hashes are read again.
// Errors: those of text_from.
std::vector<Finding> audit_duplicates(std::span<const std::vector<ListedKey>> parts,
    const TableName& table, const TextFrom& text_from);

} // namespace relayctl
