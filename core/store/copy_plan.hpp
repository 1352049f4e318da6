// The plan that makes the entries of a source those of another table.
#pragma once

#include "core/store/store.hpp"

namespace relayctl {

// Makes the plan, and fills the counts of the result. document: the source as it is. Errors:
// ErrorKind::refused if entries would go that the options do not let go; ErrorKind::input if one
// cannot be a line of a source; those of the source of the copy.
Plan plan_copy(const EntrySource& source, const Document& document, const CopyOptions& options,
    CopyResult& result);

// Throws ErrorKind::refused if the options do not allow the counts of the result. example: one of
// the entries that would go or change.
void require_allowed(
    const CopyOptions& options, const CopyResult& result, const std::string& example);

} // namespace relayctl
