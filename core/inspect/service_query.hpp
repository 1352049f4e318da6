// What is asked of the services: which of them, and for which client.
#pragma once

#include "core/inspect/client_facts.hpp"
#include "core/table/document.hpp"

#include <map>
#include <memory>
#include <string>

namespace relayctl {

// One question to all services, or to those of one name.
struct ServiceQuery {
    std::string service; // only this one: "submission/inet" or "submission"; empty for all
    std::string address; // of the client; empty for some address outside
    // Whose fingerprints the tables are asked for. Null: no table is asked.
    const Client* client = nullptr;
    // The file of the client's certificate, for the certificates that the client would send along.
    const CertificateFile* chain = nullptr;
    // The services are judged as if relay_clientcerts and smtpd_tls_fingerprint_digest had these
    // values. Empty: as they are configured.
    std::string assumed_table;
    std::string assumed_digest;
    bool asks_smtpd = false; // what it says of its configuration (smtpd_reading.hpp)
    bool reads_sources = true; // reads the sources of the tables, to say where their entries are
    // The sources that were read already, by their paths.
    std::map<std::string, std::shared_ptr<const Document>> sources;
};

} // namespace relayctl
