// One smtpd that is started with a socket pair for its client, up to its greeting and a TLS
// handshake, and what it says meanwhile.
#pragma once

#include "core/inspect/reading_facts.hpp"
#include "core/inspect/tlsmgr_stand_in.hpp"

#include <string>
#include <vector>

namespace relayctl {

// command: smtpd with its arguments, which make it log to standard error. tlsmgr: what it takes for
// its tlsmgr(8). tls_first: TLS comes before the greeting (smtpd_tls_wrappermode). Several threads
// may call this at once. Throws ErrorKind::interrupted if a signal was noted.
ReadingFacts try_smtpd(
    const std::vector<std::string>& command, TlsmgrStandIn& tlsmgr, bool tls_first);

} // namespace relayctl
