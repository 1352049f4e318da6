// Work on many things at once, on all processors.
#pragma once

#include <cstddef>
#include <functional>

namespace relayctl {

// Runs work(0) ... work(count - 1), several at a time, and comes back when all are done; a few are done one after the other by the
// caller itself. Where some throw, the error of the lowest number is thrown, the one that doing them in turn would have met; those
// behind it may be left undone. chunk: how many one processor takes at a time.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work, std::size_t chunk = 16);

std::size_t processor_count() noexcept; // at least 1

} // namespace relayctl
