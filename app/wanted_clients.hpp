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

// By host, then by file name. warnings: about their certificates and about files that are not
// looked at. All or nothing: errors are those of read_certificate_directory(), load_certificates()
// and client_from_file(); ErrorKind::input where two are the same.
std::vector<WantedClient> read_wanted_clients(const std::string& directory, bool labels,
    const ClientOptions& options, Context& context, std::vector<std::string>& warnings);

// Whose certificate or key a fingerprint is.
struct Origin {
    const WantedClient* wanted = nullptr;
    bool is_key = false;
};

// Whose fingerprint something is by any digest but the current one. That is asked for once in a
// server's life, so the files are read again, once for each size of fingerprints, instead of being
// kept.
class OtherDigests {
public:
    // wanted must outlive it.
    OtherDigests(const std::vector<WantedClient>& wanted, const Digest& current)
        : wanted_(wanted)
        , current_(current)
    {
    }

    // No value where it is nobody's. It holds as long as this.
    const Origin* find(const Fingerprint& fingerprint);

private:
    void read(std::size_t size);

    const std::vector<WantedClient>& wanted_;
    const Digest current_;
    std::set<std::size_t> known_sizes_; // bytes
    std::map<Fingerprint, Origin> origins_;
};

} // namespace relayctl
