#include "core/x509/der_objects.hpp"

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <array>

namespace relayctl::openssl {

namespace {

// The bytes as OpenSSL's decoders take them: they move `data` behind what they have read.
struct Input {
    const unsigned char* begin;
    const unsigned char* data;
    long size;

    explicit Input(std::string_view der)
        : begin(reinterpret_cast<const unsigned char*>(der.data()))
        , data(begin)
        , size(static_cast<long>(der.size()))
    {
    }
    std::size_t read() const { return static_cast<std::size_t>(data - begin); }
};

void add_all(CertificateFile& file, const STACK_OF(X509) * certificates)
{
    for (int i = 0; certificates != nullptr && i < sk_X509_num(certificates); ++i) {
        file.certificates.push_back(certificate_from(sk_X509_value(certificates, i)));
    }
}

std::size_t add_certificate_by(CertificateFile& file, std::string_view der,
    X509* (*decode)(X509**, const unsigned char**, long))
{
    Input in(der);
    X509* parsed = X509_new_ex(context_of_thread(), nullptr);
    X509* const wanted = decode(&parsed, &in.data, in.size);
    const Ptr<X509, X509_free> x509(parsed); // null if it failed
    if (wanted == nullptr || !x509) {
        return 0;
    }
    file.certificates.push_back(certificate_from(x509.get()));
    return in.read();
}

// Certificates in signed data of PKCS#7. "openssl crl2pkcs7 -nocrl" and Windows write it without
// any signature.
const STACK_OF(X509) * certificates_of(const PKCS7* bundle)
{
    if (PKCS7_type_is_signed(bundle) && bundle->d.sign != nullptr) {
        return bundle->d.sign->cert;
    }
    if (PKCS7_type_is_signedAndEnveloped(bundle) && bundle->d.signed_and_enveloped != nullptr) {
        return bundle->d.signed_and_enveloped->cert;
    }
    return nullptr;
}

// Returns true if OpenSSL knows the algorithm of the key, so that it can say whether the key is
// sound.
bool is_known_algorithm(const X509_PUBKEY* key)
{
    ASN1_OBJECT* algorithm = nullptr;
    std::array<char, 128> name{}; // its numbers, with dots; any that OpenSSL knows are shorter
    if (X509_PUBKEY_get0_param(&algorithm, nullptr, nullptr, nullptr, key) != 1
        || OBJ_obj2txt(name.data(), static_cast<int>(name.size()), algorithm, 1) <= 0) {
        return false;
    }
    const Ptr<EVP_KEYMGMT, EVP_KEYMGMT_free> keys(EVP_KEYMGMT_fetch(nullptr, name.data(), nullptr));
    clear_errors();
    return keys != nullptr;
}

} // namespace

std::size_t add_certificate(CertificateFile& file, std::string_view der)
{
    return add_certificate_by(file, der, d2i_X509);
}

std::size_t add_trusted_certificate(CertificateFile& file, std::string_view der)
{
    // The settings of trust are no part of the fingerprint.
    return add_certificate_by(file, der, d2i_X509_AUX);
}

std::size_t add_request(CertificateFile& file, std::string_view der)
{
    Input in(der);
    const Ptr<X509_REQ, X509_REQ_free> request(d2i_X509_REQ(nullptr, &in.data, in.size));
    if (!request) {
        return 0;
    }
    file.keys.push_back(
        { BareKey::Source::request, public_key_of(X509_REQ_get_X509_PUBKEY(request.get())),
            name_text(X509_REQ_get_subject_name(request.get())) });
    return in.read();
}

std::size_t add_bundle(CertificateFile& file, std::string_view der)
{
    Input in(der);
    const Ptr<PKCS7, PKCS7_free> bundle(d2i_PKCS7(nullptr, &in.data, in.size));
    if (bundle) {
        add_all(file, certificates_of(bundle.get()));
        return in.read();
    }
    // CMS names signers in ways that PKCS#7 does not know.
    Input again(der);
    const Ptr<CMS_ContentInfo, CMS_ContentInfo_free> cms(
        d2i_CMS_ContentInfo(nullptr, &again.data, again.size));
    if (!cms) {
        return 0;
    }
    const Ptr<STACK_OF(X509), free_certificates> certificates(CMS_get1_certs(cms.get()));
    add_all(file, certificates.get());
    return again.read();
}

std::size_t add_public_key(CertificateFile& file, std::string_view der)
{
    Input in(der);
    const Ptr<X509_PUBKEY, X509_PUBKEY_free> key(d2i_X509_PUBKEY(nullptr, &in.data, in.size));
    if (!key || (X509_PUBKEY_get0(key.get()) == nullptr && is_known_algorithm(key.get()))) {
        return 0; // it is none, or it is damaged
    }
    file.keys.push_back({ BareKey::Source::public_key, public_key_of(key.get()), {} });
    return in.read();
}

std::size_t add_rsa_public_key(CertificateFile& file, std::string_view der)
{
    Input in(der);
    const Ptr<EVP_PKEY, EVP_PKEY_free> key(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &in.data, in.size));
    if (!key) {
        return 0;
    }
    file.keys.push_back(
        { BareKey::Source::public_key, PublicKey{ encode(i2d_PUBKEY, key.get()), {} }, {} });
    return in.read();
}

std::size_t add_private_key(CertificateFile& file, std::string_view der)
{
    Input in(der);
    const Ptr<EVP_PKEY, EVP_PKEY_free> key(d2i_AutoPrivateKey(nullptr, &in.data, in.size));
    if (!key) {
        return 0;
    }
    // The bytes say how the algorithm is written.
    file.keys.push_back({ BareKey::Source::private_key,
        public_key_of_private(key.get(), in.begin, static_cast<long>(in.read())), {} });
    return in.read();
}

bool is_encrypted_key(std::string_view der)
{
    Input in(der);
    return Ptr<X509_SIG, X509_SIG_free>(d2i_X509_SIG(nullptr, &in.data, in.size)) != nullptr;
}

bool is_one_object(std::string_view der)
{
    Input in(der);
    long length = 0;
    int tag = 0;
    int kind = 0;
    constexpr int failed = 0x80;
    return (ASN1_get_object(&in.data, &length, &tag, &kind, in.size) & failed) == 0
        && in.read() + static_cast<std::size_t>(length) == der.size();
}

} // namespace relayctl::openssl
