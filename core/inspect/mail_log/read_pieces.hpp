// Reads all pieces of a source, several at a time, and hands over what they tell in their order.
#pragma once

#include "core/inspect/mail_log/log_piece.hpp"
#include "core/inspect/mail_log/piece_source.hpp"

#include <functional>

namespace relayctl {

// Calls take(facts) for each piece, in order, from the caller's thread. at_once: reads by several
// threads; what they have read and `take` has not got yet is bounded. Throws what the source and
// `take` throw.
void read_pieces(PieceSource& source, const LogReading& reading, bool at_once,
    const std::function<void(LogPieceFacts&&)>& take);

} // namespace relayctl
