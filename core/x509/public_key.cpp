#include "core/x509/public_key.hpp"

#include "core/x509/openssl.hpp"

#include <openssl/evp.h>

namespace relayctl {

namespace openssl {

namespace {

// Returns the public key with the algorithm and the parameters of a PKCS#8 file, byte for byte, or
// no bytes if the file is of another format.
std::vector<std::uint8_t> with_algorithm_of(
    const unsigned char* data, long size, const std::vector<std::uint8_t>& key_der)
{
    // A private key in PKCS#8 names its algorithm with the parameters that its certificate has.
    // They are put into the key as OpenSSL encodes it; the bits of the key itself are the same in
    // both.
    const Ptr<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free> file(
        d2i_PKCS8_PRIV_KEY_INFO(nullptr, &data, size));
    const X509_ALGOR* algorithm = nullptr;
    if (!file || PKCS8_pkey_get0(nullptr, nullptr, nullptr, &algorithm, file.get()) != 1) {
        return {};
    }
    const unsigned char* encoded = key_der.data();
    const Ptr<X509_PUBKEY, X509_PUBKEY_free> key(
        d2i_X509_PUBKEY(nullptr, &encoded, static_cast<long>(key_der.size())));
    X509_ALGOR* own = nullptr;
    if (!key || X509_PUBKEY_get0_param(nullptr, nullptr, nullptr, &own, key.get()) != 1
        || OBJ_cmp(own->algorithm, algorithm->algorithm) != 0
        || X509_ALGOR_copy(own, algorithm) != 1) {
        return {};
    }
    return encode(i2d_X509_PUBKEY, key.get());
}

} // namespace

PublicKey public_key_of(X509_PUBKEY* written)
{
    PublicKey key;
    key.as_written = encode(i2d_X509_PUBKEY, written);
    // OpenSSL has no object for a key of an algorithm that it does not know; only its bytes are
    // left.
    if (EVP_PKEY* const decoded = X509_PUBKEY_get0(written)) {
        key.anew = encode(i2d_PUBKEY, decoded);
    }
    if (key.anew == key.as_written) {
        key.anew.clear();
    }
    return key;
}

PublicKey public_key_of_private(EVP_PKEY* decoded, const unsigned char* data, long size)
{
    PublicKey key;
    // If the two encodings differ, both are kept: nobody can tell by the private key which one the
    // certificate will have.
    std::vector<std::uint8_t> anew = encode(i2d_PUBKEY, decoded);
    key.as_written = with_algorithm_of(data, size, anew);
    if (key.as_written.empty()) {
        key.as_written = std::move(anew);
    } else if (key.as_written != anew) {
        key.anew = std::move(anew);
    }
    return key;
}

} // namespace openssl

bool is_same_key(const PublicKey& a, const PublicKey& b)
{
    using KeyOwner = openssl::Ptr<EVP_PKEY, EVP_PKEY_free>;
    // Equal bytes need no decoding, and are all that can be compared if OpenSSL does not know the
    // key.
    if (a.as_written == b.as_written) {
        return true;
    }
    const auto decoded = [](const PublicKey& key) {
        const unsigned char* data = key.as_written.data();
        return KeyOwner(d2i_PUBKEY(nullptr, &data, static_cast<long>(key.as_written.size())));
    };
    const auto own = decoded(a);
    const auto other = own ? decoded(b) : nullptr;
    const bool same = other && EVP_PKEY_eq(own.get(), other.get()) == 1;
    openssl::clear_errors();
    return same;
}

} // namespace relayctl
