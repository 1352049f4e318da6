// PKCS#12 files, by which key stores of phones, desktops and mail programs import a key together
// with its certificate.
#pragma once

#include "core/x509/client_key.hpp"

#include <cstddef>
#include <string>

namespace relayctl {

// How a PKCS#12 file is encrypted.
enum class Pkcs12Encryption {
    // PBE-SHA1-3DES for both bags, and a MAC of SHA-1: what Apple, Android and Windows import.
    // All three must be so; with the defaults of OpenSSL 3 they say that the password is wrong.
    // OpenSSL needs no legacy provider for it.
    compatible,
    modern, // PBES2 with AES-256 and a MAC of SHA-256 (RFC 7292 and 9579)
};

// Returns the bytes of a PKCS#12 file. certificate: PEM, that of the key. name: how key stores
// show it. password: UTF-8, not empty. Throws ErrorKind::system if OpenSSL fails, as one that is
// restricted to FIPS 140 does with `compatible`.
std::string make_pkcs12(const ClientKey& key, const std::string& certificate,
    const std::string& name, const std::string& password, Pkcs12Encryption encryption);

// Returns a new password that can be typed on a phone: four groups of five small letters and
// digits, without those that look alike; 100 bits. Throws ErrorKind::system.
std::string new_password();

} // namespace relayctl
