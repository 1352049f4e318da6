// Decodes DER: certificates, requests, keys and bundles of certificates. Included by
// core/x509/*.cpp only.
#pragma once

#include "core/x509/openssl.hpp"

#include <cstddef>
#include <string_view>

namespace relayctl::openssl {

// Each of these decodes one object of its kind at the beginning of the bytes and adds it to the
// file. Returns how many bytes the object has, or 0 if there is none of that kind.
std::size_t add_certificate(CertificateFile& file, std::string_view der);
// OpenSSL's own form "TRUSTED CERTIFICATE", with settings of trust behind the certificate.
std::size_t add_trusted_certificate(CertificateFile& file, std::string_view der);
std::size_t add_request(CertificateFile& file, std::string_view der);
// A bundle (PKCS#7 or CMS) with all its certificates; it may have none.
std::size_t add_bundle(CertificateFile& file, std::string_view der);
// A SubjectPublicKeyInfo, also one of an algorithm that OpenSSL does not know: its fingerprint is
// that of its bytes.
std::size_t add_public_key(CertificateFile& file, std::string_view der);
std::size_t add_rsa_public_key(CertificateFile& file, std::string_view der); // PKCS#1
std::size_t add_private_key(CertificateFile& file, std::string_view der); // not encrypted

// Returns true for an encrypted private key (PKCS#8 EncryptedPrivateKeyInfo, RFC 5958).
bool is_encrypted_key(std::string_view der);

// Returns true if the bytes are one object of ASN.1 from the first to the last, whatever it is.
bool is_one_object(std::string_view der);

} // namespace relayctl::openssl
