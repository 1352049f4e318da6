// The answers of check as text: for people aligned and in colour, with --plain separated by tabs.
#pragma once

#include "app/cli/context.hpp"
#include "core/operations/check.hpp"

#include <vector>

namespace relayctl {

// Writes for each client a sentence that says whether it would relay, its fingerprints, then for
// each service the answer and its reasons. With --plain a line for each service: SERVICE,
// yes|no|depends, the ids of the reasons, HOST, and of several clients CLIENT.
void write_answers(Context& context, const std::vector<CheckAnswer>& answers);

// Says on standard error, in a line for each client, which would not relay, or may not, and why:
// the answer of --quiet.
void report_refusals(Context& context, const std::vector<CheckAnswer>& answers);

} // namespace relayctl
