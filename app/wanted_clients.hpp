// The clients that a directory of certificates wants authorised.
#pragma once

#include "app/new_client.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace relayctl {

struct WantedClient {
    NewClient client;
    std::string file;
};

// By host, then by file name. warnings: about their certificates and about files that are not looked at. All or nothing: errors are
// those of read_certificate_directory(), load_certificates() and client_from_file(); ErrorKind::input where two are the same.
std::vector<WantedClient> read_wanted_clients(const std::string& directory, bool labels, const ClientOptions& options, Context& context, std::vector<std::string>& warnings);

// Whose certificate or key a fingerprint is.
struct Origin {
    const WantedClient* wanted = nullptr;
    bool is_key = false;
};

// Their fingerprints by every other digest whose fingerprints have one of these sizes (bytes). That is asked for once in a server's
// life, so the files are read again instead of being kept. It holds as long as wanted.
std::map<Fingerprint, Origin> origins_by_other_digests(const std::vector<WantedClient>& wanted, const std::set<std::size_t>& sizes, const Digest& current);

} // namespace relayctl
