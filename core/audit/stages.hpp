// Judges each restriction list that smtpd goes through on the way to RCPT.
#pragma once

#include "core/audit/restrictions.hpp"
#include "core/audit/transport.hpp"
#include "core/inspect/service_facts.hpp"

#include <string>
#include <vector>

namespace relayctl {

// One list at one moment of the session.
struct Stage {
    std::string list; // smtpd_relay_restrictions
    std::vector<std::string> words;
    RestrictedClient client;
    ListVerdict verdict;
};

// In the order of smtpd; the last one is what smtpd_reject_unlisted_recipient adds, whatever was
// permitted before. With smtpd_delay_reject = no the first three lists are looked at when their
// command comes: the client's at once, before STARTTLS; HELO's before it and after. fingerprints:
// of the client, for check_ccert_access. Facts: smtpd_check_client() to smtpd_check_rcpt() in
// smtpd_check.c.
std::vector<Stage> judge_stages(const ServiceFacts& facts, const Transport& transport,
    Listed listed, const std::vector<ClientFingerprint>& fingerprints);

// Returns the name of a restriction, in lower case as smtpd reads it: "check_ccert_access".
std::string first_word(const std::string& restriction);

// Returns what stands behind the name: "hash:/x". Of a restriction without an argument, the name.
std::string argument_of(const std::string& restriction);

} // namespace relayctl
