#include "core/x509/tls_context.hpp"

#include <string>

namespace relayctl {

namespace {

using openssl::Ptr;

// OpenSSL gives every new SSL_CTX the "system_default" section of openssl.cnf, if anything in this
// process has read that file. So each of its settings is made again. A list that an older or newer
// OpenSSL does not know altogether is refused whole: then the next one is tried.
void forget_system_defaults(SSL_CTX& context)
{
    SSL_CTX_clear_options(&context, SSL_CTX_get_options(&context));
    SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT);
    SSL_CTX_set_min_proto_version(&context, 0);
    SSL_CTX_set_max_proto_version(&context, 0);
    SSL_CTX_set_security_level(&context, 0);
    SSL_CTX_set_cipher_list(&context, "ALL:COMPLEMENTOFDEFAULT:!eNULL:@SECLEVEL=0");
    SSL_CTX_set_ciphersuites(&context,
        "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:"
        "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256");
    const std::string old_groups
        = "X25519:P-256:X448:P-521:P-384:ffdhe2048:ffdhe3072:ffdhe4096:secp256k1:P-224";
    for (const std::string& groups : { "X25519MLKEM768:SecP256r1MLKEM768:" + old_groups, old_groups,
             std::string("X25519:P-256:X448:P-521:P-384") }) {
        if (openssl::set_groups_list(&context, groups)) {
            break;
        }
    }
    const std::string signatures = "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:"
                                   "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
                                   "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
                                   "RSA+SHA256:RSA+SHA384:RSA+SHA512";
    for (const std::string& list :
        { "mldsa65:mldsa87:mldsa44:" + signatures + ":RSA+SHA1:ECDSA+SHA1:RSA+SHA224:DSA+SHA256",
            signatures + ":RSA+SHA1:ECDSA+SHA1:RSA+SHA224:DSA+SHA256", signatures }) {
        if (openssl::set_signatures_list(&context, list)) {
            break;
        }
    }
    openssl::clear_errors();
}

// The context in which OpenSSL looks for algorithms: one that has read no configuration.
OSSL_LIB_CTX* unconfigured_library()
{
    static const Ptr<OSSL_LIB_CTX, OSSL_LIB_CTX_free> library(OSSL_LIB_CTX_new());
    return library.get();
}

void require(bool loaded)
{
    if (!loaded) {
        throw Error(ErrorKind::input,
            "the client's certificate: OpenSSL here makes no TLS session with it"
                + openssl::last_words());
    }
}

// Certificates and key are decoded in the context of the library in which they are used.
void load(SSL_CTX& context, const TlsIdentity& identity)
{
    const auto& own = identity.certificate;
    require(SSL_CTX_use_certificate_ASN1(&context, static_cast<int>(own.size()), own.data()) == 1);
    for (const std::vector<std::uint8_t>& der : identity.chain) {
        X509* issuer = X509_new_ex(unconfigured_library(), nullptr);
        const unsigned char* data = der.data();
        Ptr<X509, X509_free> owner(d2i_X509(&issuer, &data, static_cast<long>(der.size())));
        require(owner && SSL_CTX_add0_chain_cert(&context, owner.get()) == 1);
        static_cast<void>(owner.release()); // the context owns it from here on
    }
    const unsigned char* data = identity.private_key.data();
    const auto size = static_cast<long>(identity.private_key.size());
    const Ptr<EVP_PKEY, EVP_PKEY_free> key(
        d2i_AutoPrivateKey_ex(nullptr, &data, size, unconfigured_library(), nullptr));
    require(key && SSL_CTX_use_PrivateKey(&context, key.get()) == 1
        && SSL_CTX_check_private_key(&context) == 1);
}

} // namespace

Error no_tls_session()
{
    return Error(ErrorKind::system, "OpenSSL cannot begin a TLS session" + openssl::last_words());
}

TlsContext new_tls_context(const std::optional<TlsIdentity>& identity)
{
    TlsContext context(SSL_CTX_new_ex(unconfigured_library(), nullptr, TLS_client_method()));
    if (!context) {
        throw no_tls_session();
    }
    forget_system_defaults(*context);
    // The server is to be seen as it is. A resumed session would show what an earlier one
    // negotiated.
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    if (identity) {
        load(*context, *identity);
    }
    return context;
}

} // namespace relayctl
