// The client that is judged: what is known of its certificate, its key or its fingerprints.
#pragma once

#include "core/inspect/removal_facts.hpp"
#include "core/x509/client_fingerprints.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// It is known by its certificate, by its key alone, by one fingerprint, or by the fingerprints of
// table entries.
struct Client {
    std::string name; // as people call it: the file, or "fingerprint AA:.."
    // What "relayctl add" takes for it, ready to paste, without the host. Empty if no shell takes
    // the name of its file.
    std::string add_words;
    const Certificate* certificate = nullptr; // must outlive the client, and so must the key
    const BareKey* key = nullptr;
    std::optional<Fingerprint> fingerprint;
    std::vector<ClientFingerprint> listed; // read from table entries, of whatever digest
    bool is_of_entry = false; // it is whoever these entries list, and nobody else is looked for
    std::optional<PastRemoval> removal; // of its entry, where no table lists the client
    KeyEncoding key_encoding = KeyEncoding::anew; // which the server digests

    // Returns the fingerprints that smtpd computes of the client with this digest, as far as they
    // are known here. Only of a certificate both are known, its own and that of its key.
    std::vector<ClientFingerprint> fingerprints(const Digest& digest) const;

    // Returns the key of the certificate, or the key alone; nullptr if it is not known.
    const PublicKey* public_key() const noexcept;

    // Returns the fingerprint of the key that other versions of Postfix compute. Has no value if it
    // is the same, or if the key is not known.
    std::optional<Fingerprint> other_key_fingerprint(const Digest& digest) const;

    // Returns add_words, or the client's fingerprint if it has none of them. Empty if neither is
    // known, or if there is no digest.
    std::string words_to_add(const std::optional<Digest>& digest) const;
};

// Returns a client that no table lists: it has fingerprint_of_nobody() of each digest.
Client unknown_client();

} // namespace relayctl
