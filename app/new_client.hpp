// Somebody who is to be authorised, as far as that is known before the table is read.
#pragma once

#include "app/cli/context.hpp"
#include "app/entry_view.hpp"
#include "core/x509/certificate.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

struct NewClient {
    EntryView entry; // host: empty until the command knows it
    Fingerprint fingerprint;
    std::optional<Fingerprint> key_fingerprint; // of its certificate
    std::optional<std::string> only_host; // the one host that its certificate is for
    std::vector<std::string> warnings;
    std::optional<Certificate> certificate; // none where it is known by a fingerprint or a key
    std::string host_warning; // of warning_about_host(), where the certificate is not kept
};

struct ClientOptions {
    bool key = false; // pin the key instead of the certificate
    std::string note;
};

// The client that presents the certificate of this file, by the digest of the table. Warns of
// dates, weak keys and certificates of CAs. Errors: those of load_certificates(); ErrorKind::input
// where there is only a key and options.key is not set.
NewClient client_from_file(const CertificateFile& file, const ClientOptions& options,
    const Digest& digest, const Context& context);

// Who is authorised by the key of this client, which has one.
NewClient with_key_pinned(const NewClient& client);

// Errors: ErrorKind::input where it is no fingerprint or does not fit the digest.
NewClient client_from_fingerprint(const std::string& text, const ClientOptions& options,
    const Digest& digest, const Context& context);

// The sentence about a digest that should not be used any more; no value where it is a good one.
std::optional<std::string> warning_about(const Digest& digest);

} // namespace relayctl
