// Work on many things at once, on all processors.
#pragma once

#include <cstddef>
#include <functional>

namespace relayctl {

// Runs work(0) ... work(count - 1), several at a time, and comes back when all are done; a few are done one after the other by the
// caller itself. Where some throw, the error of the lowest number is thrown, the one that doing them in turn would have met; those
// behind it may be left undone.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

} // namespace relayctl
