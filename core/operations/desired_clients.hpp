// The clients that a directory of certificates wants listed.
#pragma once

#include "core/operations/client.hpp"
#include "core/operations/observer.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace relayctl {

// A client that is to be listed, and the file that says so.
struct DesiredClient {
    NewClient client;
    std::string file;
};

// All clients of the directory.
struct DesiredClients {
    std::vector<DesiredClient> clients; // by host, then by file name
    std::vector<std::string> warnings; // about their certificates, and about files left out
};

// labels: a file may be named after any text instead of a host. digest: of the table. Reads all
// files or none: errors are those of read_certificate_directory(), load_certificates() and
// client_from_file(); ErrorKind::input where two files have the same client.
DesiredClients read_desired_clients(const std::string& directory, bool labels,
    const ClientOptions& options, const Digest& digest, const Author& author, Observer& observer);

// The client whose certificate or key has a fingerprint.
struct Origin {
    const DesiredClient* desired = nullptr;
    bool is_key = false;
};

// Finds whose fingerprint something is by any digest but the current one, or as another version of
// Postfix encodes the key. That is asked once in a server's life, when the digest changes, so the
// files are read again for it, once for each size of fingerprints, instead of being kept in memory.
class OtherDigests {
public:
    // clients must outlive it.
    OtherDigests(const std::vector<DesiredClient>& clients, const Digest& current);

    // Null where it is the fingerprint of none of them. Errors: those of load_certificates().
    const Origin* find(const Fingerprint& fingerprint);

private:
    void read(std::size_t size);

    const std::vector<DesiredClient>& clients_;
    const Digest current_;
    std::set<std::size_t> known_sizes_; // bytes
    std::map<Fingerprint, Origin> origins_;
};

} // namespace relayctl
