// The certificate and the private key of a client, as it shows them to a server: from a file with
// both, from two files, or from PKCS#12.
#pragma once

#include "core/x509/certificate.hpp"
#include "core/x509/tls_session.hpp"

#include <functional>
#include <optional>
#include <string>

namespace relayctl {

struct ClientIdentity {
    // The certificates of the file, and the private keys. presented() is the client's certificate.
    CertificateFile file;
    std::optional<TlsIdentity> tls; // no value if no private key was found
    std::string key_file; // the file that the private key stands in; empty without a key
    bool is_pkcs12 = false;
};

// Returns the password of the file with this name. Called if the file cannot be read without one.
using AskPassword = std::function<std::string(const std::string& file)>;

// certificate_file: PEM, DER or PKCS#12. key_file: PEM or DER; empty if the key is in the other
// file, or if there is none. The keys of both may be encrypted. Throws ErrorKind::input if there is
// no certificate or no key in its file, if the key does not belong to a certificate, if the file
// does not tell which certificate is the client's, or if the password is wrong; what ask_password
// and read_file() throw.
ClientIdentity load_client_identity(const std::string& certificate_file,
    const std::string& key_file, const AskPassword& ask_password);

} // namespace relayctl
