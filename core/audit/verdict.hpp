// Would this client relay through this service, and if not, why. The one judgement of check, verify
// and add.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/listing.hpp"
#include "core/audit/repair.hpp"
#include "core/base/time.hpp"
#include "core/inspect/service_facts.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What would happen to the client at one service.
struct Verdict {
    std::string service;
    std::string digest; // of the service; empty where smtpd does not know it
    std::vector<ClientFingerprint> fingerprints; // what smtpd computes of the client
    std::vector<std::string> tables; // of relay_clientcerts, in the order smtpd asks them
    std::optional<bool> would_relay; // no value: it depends on what cannot be seen
    std::optional<Match> match; // the entry that lists the client, whether it relays or not
    std::vector<Finding> reasons; // what decides first; notes behind
    // The one command that mends all that can be mended of what keeps the client out, which is
    // also the hint of each reason that it mends. Empty where there is none.
    std::string repair;
};

// What judge() is asked.
struct Question {
    Client client;
    // What the tables say is known already: verify asks for some client that is listed, add for the
    // one just listed.
    std::optional<Listed> assumed;
    Time now;
    // What cannot be seen is taken to have nothing to say, for or against: verify asks so for
    // strangers, since a policy service in front of an open door does not close it.
    bool unseen_is_silent = false;
    // Settings that the repair is to make besides: verify and add have the service ask a table.
    std::vector<Setting> also = {};
};

// Judges one service. Never throws for what is wrong with a configuration: that is a reason of the
// verdict. All facts must have been asked for question.client.
Verdict judge(const ServiceFacts& facts, const Question& question, const Repair& repair);

} // namespace relayctl
