#include "core/x509/pkcs12.hpp"

#include "core/base/error.hpp"
#include "core/x509/openssl.hpp"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>

#include <array>
#include <string_view>

namespace relayctl {

namespace {

using openssl::Ptr;

[[noreturn]] void fail(Pkcs12Encryption encryption)
{
    std::vector<Hint> hints;
    if (encryption == Pkcs12Encryption::compatible) {
        hints.emplace_back("where OpenSSL may not use 3DES or SHA-1: --p12 modern");
    }
    throw Error(
        ErrorKind::system, "cannot make a PKCS#12 file" + openssl::last_words(), std::move(hints));
}

} // namespace

std::string make_pkcs12(const ClientKey& key, const std::string& certificate,
    const std::string& name, const std::string& password, Pkcs12Encryption encryption)
{
    openssl::clear_errors();
    const bool is_modern = encryption == Pkcs12Encryption::modern;
    const int algorithm = is_modern ? NID_aes_256_cbc : NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
    constexpr int without_mac = -1; // it is set below, since only there its digest can be chosen
    const Ptr<BIO, BIO_free_all> in(
        BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())));
    const Ptr<X509, X509_free> own(
        in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr);
    const Ptr<PKCS12, PKCS12_free> file(own
            ? PKCS12_create(password.c_str(), name.c_str(), key.get().get(), own.get(), nullptr,
                algorithm, algorithm, PKCS12_DEFAULT_ITER, without_mac, 0)
            : nullptr);
    if (!file
        || PKCS12_set_mac(file.get(), password.c_str(), -1, nullptr, 0, PKCS12_DEFAULT_ITER,
               is_modern ? EVP_sha256() : EVP_sha1())
            != 1) {
        fail(encryption);
    }
    const auto bytes = openssl::encode(i2d_PKCS12, file.get());
    if (bytes.empty()) {
        fail(encryption);
    }
    return { bytes.begin(), bytes.end() };
}

std::string new_password()
{
    constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789"; // without l, o, 0, 1
    static_assert(letters.size() == 32);
    std::array<unsigned char, 20> random{};
    if (RAND_priv_bytes(random.data(), random.size()) != 1) {
        throw Error(ErrorKind::system, "cannot make a password" + openssl::last_words());
    }
    std::string password;
    for (std::size_t i = 0; i < random.size(); ++i) {
        password += i % 5 == 0 && i > 0 ? "-" : "";
        password += letters[random[i] % letters.size()];
    }
    return password;
}

} // namespace relayctl
