#include "core/x509/client_key.hpp"

#include "core/base/error.hpp"
#include "core/base/ip_address.hpp"
#include "core/base/text.hpp"
#include "core/x509/openssl.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>

namespace relayctl {

namespace {

using openssl::Ptr;

// Throws ErrorKind::system unless OpenSSL has given what was asked for.
void require(bool success, const char* what)
{
    if (!success) {
        throw Error(ErrorKind::system, std::string("cannot make ") + what + openssl::last_words());
    }
}

// Returns all that was written to a BIO in memory.
std::string text_of(BIO* out)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    return { data, static_cast<std::size_t>(size) };
}

// A serial number is positive and has up to 20 bytes (RFC 5280, 4.1.2.2).
void set_serial(X509* certificate)
{
    std::array<unsigned char, 16> bytes{};
    require(RAND_bytes(bytes.data(), bytes.size()) == 1, "a random number");
    bytes[0] = static_cast<unsigned char>((bytes[0] & 0x3f) | 0x40);
    const Ptr<BIGNUM, BN_free> number(BN_bin2bn(bytes.data(), bytes.size(), nullptr));
    require(
        number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
        "a serial number");
}

// Adds one attribute to a name.
void add_to_name(X509_NAME* name, const char* attribute, const std::string& value)
{
    require(X509_NAME_add_entry_by_txt(name, attribute, MBSTRING_UTF8,
                reinterpret_cast<const unsigned char*>(value.data()),
                static_cast<int>(value.size()), -1, 0)
            == 1,
        "the name in a certificate");
}

void set_names(X509* certificate, const std::string& host)
{
    X509_NAME* const subject = X509_get_subject_name(certificate);
    if (host.size() <= ub_common_name) {
        add_to_name(subject, "CN", host);
    } else {
        const std::vector<std::string> labels = split_list(host, ".");
        for (auto label = labels.rbegin(); label != labels.rend(); ++label) { // RFC 2247
            add_to_name(subject, "DC", *label);
        }
    }
    require(X509_set_issuer_name(certificate, subject) == 1, "the name in a certificate");
}

// value: as in a configuration file of OpenSSL, x509v3_config(5).
void add_extension(X509* certificate, int nid, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const Ptr<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1,
        "the extensions of a certificate");
}

void set_validity(X509* certificate, Time not_before, Time not_after)
{
    const auto set = [](ASN1_TIME* field, Time time) {
        return ASN1_TIME_set(field, static_cast<time_t>(time.time_since_epoch().count()));
    };
    require(set(X509_getm_notBefore(certificate), not_before) != nullptr
            && set(X509_getm_notAfter(certificate), not_after) != nullptr,
        "the dates of a certificate");
}

} // namespace

const std::vector<std::string>& client_key_types()
{
    static const std::vector<std::string> types = { "ec", "rsa2048", "rsa3072", "ed25519" };
    return types;
}

ClientKey ClientKey::make(const std::string& type)
{
    openssl::clear_errors();
    EVP_PKEY* made = nullptr;
    if (type == "ec") {
        made = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    } else if (type.starts_with("rsa")) {
        made = EVP_RSA_gen(static_cast<unsigned>(std::stoul(type.substr(3))));
    } else if (type == "ed25519") {
        made = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    }
    require(made != nullptr, "a key");
    return ClientKey(std::shared_ptr<evp_pkey_st>(made, EVP_PKEY_free));
}

std::string ClientKey::pem() const
{
    const Ptr<BIO, BIO_free_all> out(BIO_new(BIO_s_secmem()));
    require(out
            && PEM_write_bio_PKCS8PrivateKey(
                   out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr)
                == 1,
        "the file of a key");
    return text_of(out.get());
}

std::string self_signed_certificate(
    const ClientKey& key, const std::string& host, Time not_before, Time not_after)
{
    openssl::clear_errors();
    EVP_PKEY* const own = key.get().get();
    const Ptr<X509, X509_free> certificate(X509_new());
    require(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1
            && X509_set_pubkey(certificate.get(), own) == 1,
        "a certificate");
    set_serial(certificate.get());
    set_names(certificate.get(), host);
    set_validity(certificate.get(), not_before, not_after);
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(certificate.get(), NID_ext_key_usage, "clientAuth");
    add_extension(
        certificate.get(), NID_subject_alt_name, (is_address(host) ? "IP:" : "DNS:") + host);
    add_extension(certificate.get(), NID_subject_key_identifier, "hash");
    // Keys of Edwards curves sign the bytes themselves, without a digest of our choice.
    const EVP_MD* const digest = EVP_PKEY_is_a(own, "ED25519") == 1 ? nullptr : EVP_sha256();
    require(X509_sign(certificate.get(), own, digest) > 0, "a certificate");
    const Ptr<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
    require(out && PEM_write_bio_X509(out.get(), certificate.get()) == 1, "a certificate");
    return text_of(out.get());
}

} // namespace relayctl
