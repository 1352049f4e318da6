// A new private key for a client, and the certificate that it signs itself.
#pragma once

#include "core/base/time.hpp"

#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st; // OpenSSL's EVP_PKEY

namespace relayctl {

// Returns the types of key that can be made, as they are typed: "ec" (NIST P-256), "rsa2048",
// "rsa3072", "ed25519". The first one is what every known mail program takes.
const std::vector<std::string>& client_key_types();

class ClientKey {
public:
    // Makes a new key. type: one of client_key_types(). Throws ErrorKind::system if OpenSSL fails.
    static ClientKey make(const std::string& type);

    // Returns the private key as PEM, PKCS#8 without encryption. Throws ErrorKind::system.
    std::string pem() const;

    const std::shared_ptr<evp_pkey_st>& get() const noexcept { return key_; }

private:
    explicit ClientKey(std::shared_ptr<evp_pkey_st> key)
        : key_(std::move(key))
    {
    }

    std::shared_ptr<evp_pkey_st> key_;
};

// Returns a certificate of the key for this host, as PEM. It is signed by the key itself, and good
// for TLS clients alone: digitalSignature, clientAuth, CA:FALSE. The host stands in subjectAltName
// and in the common name, as far as that may be so long (64 characters; RFC 5280, appendix A.1);
// a longer one stands in the subject as domain components. host: a name or an IP address. Throws
// ErrorKind::system if OpenSSL fails.
std::string self_signed_certificate(
    const ClientKey& key, const std::string& host, Time not_before, Time not_after);

} // namespace relayctl
