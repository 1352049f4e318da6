// Several faults that are told at once.
#pragma once

#include "core/base/error.hpp"

#include <vector>

namespace relayctl {

// Returns one error that tells all of these: each message is a line of its own, and each hint is
// there once. failures: not empty; the first tells the kind.
Error joined(const std::vector<Error>& failures);

} // namespace relayctl
