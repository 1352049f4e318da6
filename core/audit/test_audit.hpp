// Judges the sessions of a live test: whether the server relays because of the certificate, and if
// not, why not.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/verdict.hpp"
#include "core/base/time.hpp"
#include "core/inspect/live_test_facts.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

struct TestVerdict {
    // The server relays for the client, and does not without its certificate. No value if that is
    // not known.
    std::optional<bool> relays;
    bool is_answered = false; // the server gave a usable answer, even if it leaves that open
    std::vector<Finding> reasons; // what decides first; notes behind
};

// What is known besides the sessions.
struct TestQuestion {
    const Client& client; // with its certificate
    std::vector<std::string> issuers; // of all certificates that the client sends
    std::optional<Digest> digest; // for the fingerprint to be listed
    std::string server_name; // that the client meant; empty if it is an address
    Time now;
    // What check says of the service for the address from which the test came; no value if it was
    // not asked.
    std::optional<Verdict> check;
};

// facts: of one server that was connected to.
TestVerdict judge_test(const LiveTestFacts& facts, const TestQuestion& question);

} // namespace relayctl
