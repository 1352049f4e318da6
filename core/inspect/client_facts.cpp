#include "core/inspect/client_facts.hpp"

#include <algorithm>
#include <iterator>

namespace relayctl {

std::vector<ClientFingerprint> Client::fingerprints(const Digest& digest) const
{
    if (certificate != nullptr) {
        return fingerprints_of(*certificate, digest, key_encoding);
    }
    // The key alone has no fingerprint of a certificate, so one is all that is known.
    if (key != nullptr) {
        return fingerprints_of(*key, digest, key_encoding);
    }
    if (fingerprint) {
        return { { "", *fingerprint } };
    }
    // Entries of other digests were never computed by this server.
    std::vector<ClientFingerprint> fitting;
    std::copy_if(listed.begin(), listed.end(), std::back_inserter(fitting),
        [&](const ClientFingerprint& known) { return known.fingerprint.size() == digest.size(); });
    return fitting;
}

const PublicKey* Client::public_key() const noexcept
{
    return certificate != nullptr ? &certificate->key : key != nullptr ? &key->key : nullptr;
}

std::optional<Fingerprint> Client::other_key_fingerprint(const Digest& digest) const
{
    const PublicKey* const own = public_key();
    return own != nullptr && own->has_two_encodings()
        ? std::optional(own->fingerprint(digest, other_encoding(key_encoding)))
        : std::nullopt;
}

Client unknown_client()
{
    Client client;
    // The client is asked for whatever digest a service computes.
    for (const Digest& digest : Digest::all()) {
        const Fingerprint nobodys = fingerprint_of_nobody(digest.size());
        client.listed.insert(client.listed.end(), { { "cert", nobodys }, { "key", nobodys } });
    }
    return client;
}

std::string Client::words_to_add(const std::optional<Digest>& digest) const
{
    // A fingerprint takes the place of a file that no shell can name.
    if (!add_words.empty() || !digest) {
        return add_words;
    }
    const std::vector<ClientFingerprint> known = fingerprints(*digest);
    const auto words = [](const ClientFingerprint& one) {
        return (one.is_of_key() ? "--key --fingerprint " : "--fingerprint ")
            + one.fingerprint.to_string();
    };
    return known.empty() ? "" : words(known.front());
}

} // namespace relayctl
