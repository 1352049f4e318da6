// Reads the source of a table part by part, and judges the parts in parallel: so verify needs no
// memory for the text of a large table.
#pragma once

#include "core/audit/finding.hpp"
#include "core/base/file.hpp"
#include "core/inspect/table_measures.hpp"
#include "core/operations/verify_table.hpp"
#include "core/table/content_sum.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace relayctl {

// What was found in the text of a source.
struct SourceExamination {
    std::vector<Finding> findings; // of lines, then of annotations; both in the order of the lines
    TableMeasures measures; // filled if VerifyOptions::counts_entries is set
    ContentSum content; // content_of() the source if `sums_content` was true
};

// The size of a part: so small that it stays in the processor's cache.
inline constexpr std::size_t usual_part_bytes = std::size_t{ 1 } << 20;

// file: the open source of `table`. path: how errors name it. sums_content: whether the sum is
// needed. Examines it again if somebody writes to it meanwhile (read_one_state()). Errors: those of
// read_one_state() and read_at().
SourceExamination examine_source(const OpenFile& file, const std::string& path,
    const TableName& table, const Digest& digest, const VerifyOptions& options, bool sums_content,
    std::size_t part_bytes = usual_part_bytes);

} // namespace relayctl
