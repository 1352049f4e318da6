// What is worth knowing of a live test besides its answer: the server's certificate and TLS, the
// client's certificate, and its key.
#pragma once

#include "core/audit/test_audit.hpp"
#include "core/base/trust.hpp"

#include <vector>

namespace relayctl {

std::vector<Finding> remarks_on_session(const SessionFacts& session, const TestQuestion& question);

// Says who else can read the client's private key.
Finding readable_key(const WeakPoint& weak);

} // namespace relayctl
