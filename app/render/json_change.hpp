// The JSON of a change, which issue has more members beside. Only the files json_*.cpp include
// this.
#pragma once

#include "app/render/json_value.hpp"
#include "core/audit/revocation.hpp"
#include "core/operations/change_report.hpp"

#include <vector>

namespace relayctl {

// outcomes: at least one. verdict: null if the services were not asked.
Json json_of_change(
    const std::vector<TableOutcome>& outcomes, bool dry_run, const RevocationVerdict* verdict);

} // namespace relayctl
