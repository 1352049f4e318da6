// What makes the entries of a source those of another table.
#pragma once

#include "core/store/store.hpp"

namespace relayctl {

// Fills the counts of the result. Errors: ErrorKind::refused where entries would go that options do
// not let go; ErrorKind::input where one cannot be a line of a source; those of the source.
Plan plan_copy(const EntrySource& source, const Document& document, const CopyOptions& options,
    CopyResult& result);

// The refusals that all kinds of tables have in common. example: one of the entries that would go
// or change.
void require_allowed(
    const CopyOptions& options, const CopyResult& result, const std::string& example);

} // namespace relayctl
