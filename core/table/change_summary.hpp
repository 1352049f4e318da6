// What a change did to entries, in a few words for people.
#pragma once

#include "core/table/text_change.hpp"

#include <span>
#include <string>

namespace relayctl {

// Returns "1 entry removed: dept1.example.org", or "1 entry renamed: a.example to b.example; 2
// entries annotated: c.example (until 2027-05-31, owner Anna), d.example". It is escaped for a
// terminal, and of many entries only the first three are named.
std::string summary_of(std::span<const EntryChange> changes);

} // namespace relayctl
