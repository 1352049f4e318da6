// Faults that are mended together become one command, and it is complete: what would keep the
// client out once the first ones are mended is in it, too.
#pragma once

#include "core/audit/verdict.hpp"

namespace relayctl {

// Gives the reasons of a verdict, as far as a command mends them, the one that mends them all.
// judge: of facts that are not there yet, without joining anything.
void join_repairs(Verdict& verdict, const ServiceFacts& facts, const Question& question,
    const Repair& repair, Verdict (*judge)(const ServiceFacts&, const Question&, const Repair&));

} // namespace relayctl
