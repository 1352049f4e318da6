// What the history of a table tells of an entry that is not in the table any more.
#pragma once

#include "core/base/time.hpp"
#include "core/x509/fingerprint.hpp"

#include <cstdint>
#include <string>

namespace relayctl {

// The change that removed an entry, if that is the newest one on record about it.
struct PastRemoval {
    Fingerprint fingerprint; // of the entry
    std::string table; // TYPE:PATH
    Time time = {};
    std::string user; // who called sudo(8), or else whose rights relayctl had; may be empty
    std::uint64_t number = 0; // of the change; 0 if it has none yet
    bool is_outside = false; // the change was made past relayctl
};

} // namespace relayctl
