// What a PKCS#12 file holds. Included by core/x509/*.cpp only.
#pragma once

#include "core/x509/openssl.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl::openssl {

struct Pkcs12Content {
    std::vector<Ptr<X509, X509_free>> certificates; // that of the key first, if there is a key
    Ptr<EVP_PKEY, EVP_PKEY_free> key; // null if the file has none, or it is locked
    bool is_locked = false; // a password is needed for all but these certificates
};

// Reads a PKCS#12 file: without a password, with an empty one, and then with the password that
// `ask` returns. Without `ask` a file that needs a password is locked, and has only the
// certificates that it shows to everybody. Has no value if the bytes are no PKCS#12. Throws
// ErrorKind::input if the password is wrong or the file cannot be decrypted, with this name of the
// file; what `ask` throws.
std::optional<Pkcs12Content> read_pkcs12(
    std::string_view bytes, const std::string& name, const std::function<std::string()>& ask);

} // namespace relayctl::openssl
