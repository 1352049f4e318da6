// What a live test showed, for people and for scripts.
#pragma once

#include "app/cli/context.hpp"
#include "core/operations/live_test.hpp"

#include <optional>

namespace relayctl {

// Writes the client, then for each server a line for each step, the answer and its reasons. With
// --plain a line for each step: SERVER, with|without, the step, ok|failed, its text; and a last one
// for each server: SERVER, "answer", yes|no|unknown|none, the ids of the reasons.
void write_test(Context& context, const TestResult& result);

// Says on standard error, in a line for each server, which does not relay because of the
// certificate, or may not, and why: the answer of --quiet.
void report_refusals(Context& context, const TestResult& result);

// All of it as JSON. relays: by any of the servers; no value if that is not known.
void write_json_test(
    std::ostream& out, std::optional<bool> relays, const TestResult& result, Time now);

} // namespace relayctl
