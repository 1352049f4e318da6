// Judges how far a client gets with its certificate before any restriction is asked: whether smtpd
// starts, offers TLS and asks for the certificate.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/inspect/service_facts.hpp"

#include <vector>

namespace relayctl {

// How far a client gets before any restriction. The members are those of one service.
struct Transport {
    bool starts = true; // smtpd does not end with a fatal error
    bool runs = true; // the running Postfix has the service, as far as that was seen
    bool encrypts = false; // a client that wants TLS gets it
    bool enforces = false; // without TLS there is no service
    bool from_the_start = false; // TLS before the first word: wrapper mode
    bool asks = false; // the client is asked for its certificate
    bool demands_trust = false; // 421 unless the certificate chains to a CA
    std::vector<Finding> problems;
};

// Facts: pre_jail_init() and smtpd_start_tls() in smtpd.c, tls_server_init() in tls_server.c,
// smtpd_check_init() in smtpd_check.c; all of 3.7.11, and pinned in
// tests/postfix/test_agreement.py.
Transport judge_transport(const ServiceFacts& facts, const Repair& repair);

} // namespace relayctl
