// Reads one state of a file that somebody may write to meanwhile.
#pragma once

#include "core/base/file.hpp"

#include <cstddef>
#include <functional>
#include <string>

namespace relayctl {

// Calls read(size), which is to read that many bytes of the open file. It is called again if it
// returns false, because there were fewer, and if somebody has written to the file meanwhile: so
// what it has read at last is one state of the file. Errors: those of `read`; after five attempts
// throw_being_changed(subject).
void read_one_state(const OpenFile& file, const std::string& subject,
    const std::function<bool(std::size_t size)>& read);

} // namespace relayctl
