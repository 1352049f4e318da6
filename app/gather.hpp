// The facts of core/inspect/service_facts.hpp, from Postfix and from the files of this machine.
#pragma once

#include "app/cli/context.hpp"
#include "core/audit/stranger_audit.hpp"
#include "core/inspect/service_facts.hpp"
#include "core/x509/certificate.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace relayctl {

struct GatherOptions {
    std::string service; // only this one: "submission/inet" or "submission"; empty = all
    std::string address; // of the client; empty = some address outside
    const Client* client
        = nullptr; // whose fingerprints the tables are asked for; none: no table is asked
    bool as_configured = false; // -t and -d do not change what the services are said to use
    bool reads_sources = true; // of the tables, to say where their entries are
    std::map<std::string, std::shared_ptr<const Document>>
        sources; // those that are known already, by path
    const CertificateFile* chain
        = nullptr; // the file of its certificate: for the certificates that it would send along
};

// Spawns: "postconf -M"; "postconf -x" once for each different set of -o overrides, once more where
// it has smtpd_restriction_classes; with a client "postmap -q" once for each table and digest, and
// once for each table in mynetworks, in the lists of destinations and behind check_client_access
// and its like. qmqp: takes the qmqpd services of master.cf. Empty where master.cf has no smtpd.
// Errors: ErrorKind::postfix as Postfix has them; ErrorKind::usage where no service has that name.
std::vector<ServiceFacts> gather_services(
    Context& context, const GatherOptions& options, std::vector<QmqpService>* qmqp = nullptr);

} // namespace relayctl
