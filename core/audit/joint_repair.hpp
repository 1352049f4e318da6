// Faults that are mended together become one command, and it is complete: what would keep the
// client out once the first ones are mended is in it, too.
#pragma once

#include "core/audit/verdict.hpp"

namespace relayctl {

// Gives each reason of the verdict that a command mends the one command that mends them all, as its
// hint and as verdict.repair. judge: judges facts as they would be after a mending, without joining
// anything.
void join_repairs(Verdict& verdict, const ServiceFacts& facts, const Question& question,
    const Repair& repair, Verdict (*judge)(const ServiceFacts&, const Question&, const Repair&));

} // namespace relayctl
