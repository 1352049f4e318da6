// Tests live, as the client, whether a server relays because of the client's certificate.
#pragma once

#include "core/audit/repair.hpp"
#include "core/audit/test_audit.hpp"
#include "core/inspect/live_test.hpp"
#include "core/operations/check.hpp"
#include "core/postfix/postfix.hpp"
#include "core/x509/client_identity.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What was asked for; empty = not given.
struct TestRequest {
    std::string target; // HOST[:PORT]; empty: the inet services of this machine
    std::string service; // only the services of this name, of this machine
    std::string sender;
    std::string recipient;
    std::string server_name; // of SNI; else the host, if it is a name
    std::optional<TlsStart> tls;
    std::chrono::seconds step_time{ 20 };
    std::chrono::seconds time{ 60 }; // for everything
    std::optional<Digest> digest; // of the fingerprints that are shown
    Repair repair;
    OpenStore open = {}; // for the history of a client that is not listed; may be empty
    Time now;
};

struct TestedServer {
    LiveTestFacts facts;
    TestVerdict verdict;
    // What check says for the address from which the test came; no value where the server is no
    // service of this machine, or check could not be asked.
    std::optional<Verdict> check;
    std::string digest; // of the fingerprints
    std::vector<ClientFingerprint> fingerprints; // of what was sent
};

struct TestResult {
    CheckedClient client;
    std::vector<Finding> findings; // about the key
    std::vector<TestedServer> servers; // at least one
    std::vector<std::string> notes; // what could not be found out
};

// Connects to the server, or to each service at once. postfix: need not be there, unless there is
// no target. Throws ErrorKind::usage if the target is none; ErrorKind::postfix if the Postfix of
// this machine does not run or has no such service; what services_to_test() throws.
TestResult test_client(
    Postfix& postfix, const ClientIdentity& identity, const TestRequest& request);

} // namespace relayctl
