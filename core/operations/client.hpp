// A client that is to be listed, as far as it is known before the table is read.
#pragma once

#include "core/table/entry_view.hpp"
#include "core/x509/certificate.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// A client with its entry as it is to be written, and what somebody should be warned of.
struct NewClient {
    EntryView entry; // host: empty until the operation knows it
    Fingerprint fingerprint;
    std::optional<Fingerprint> key_fingerprint; // of its certificate, as the server computes it
    // The one that other versions of Postfix compute; no value where it is the same.
    std::optional<Fingerprint> other_key_fingerprint;
    std::optional<std::string> only_host; // the one host that its certificate names
    std::vector<std::string> warnings;
    std::optional<Certificate> certificate; // none where a fingerprint or a key stands for it
    std::string host_warning; // of warning_about_host(), where the certificate is not kept
    std::string place = {}; // the line of a list that names it: "clients.txt:7"; else empty
};

// What was chosen for every client of the command.
struct ClientOptions {
    bool key = false; // pin the key instead of the certificate
    std::string note;
    std::string owner; // who is responsible for the client
    std::optional<Time> until; // the last second in which it is to relay
    // Says which encoding of a key the server digests. It is called only for a key that has two,
    // and by any thread. Without it, the encoding of the newest Postfix is meant.
    std::function<KeyEncoding()> key_encoding;
};

// Who adds an entry, and when; both are noted with the entry.
struct Author {
    std::string user;
    Time now;
};

// The client that presents the certificate of this file. digest: of the table that is to list it.
// Its warnings are about dates, weak keys and certificates of CAs. Errors: those of
// CertificateFile::presented(); ErrorKind::input where the file has only a key and options.key is
// not set.
NewClient client_from_file(const CertificateFile& file, const ClientOptions& options,
    const Digest& digest, const Author& author);

// The same client, listed by its key. It must have a key_fingerprint.
NewClient with_key_pinned(const NewClient& client);

// The client of a fingerprint in any spelling. Errors: ErrorKind::input where the text is no
// fingerprint, or one of another length than the digest has.
NewClient client_from_fingerprint(const std::string& text, const ClientOptions& options,
    const Digest& digest, const Author& author);

// The sentence about a digest that should not be used any more; no value where it is a good one.
std::optional<std::string> warning_about(const Digest& digest);

} // namespace relayctl
