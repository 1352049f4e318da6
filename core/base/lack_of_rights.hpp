// What helps somebody who lacks the rights to a file.
#pragma once

#include "core/base/hint.hpp"

#include <vector>

namespace relayctl {

// Returns the hint that root has these rights. Returns none for root.
std::vector<Hint> hints_for_lack_of_rights();

} // namespace relayctl
