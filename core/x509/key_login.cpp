// Whether a key can log in is tried and not looked up in a list: OpenSSL of this machine, its
// configuration and the curves of the server decide it together, and all three differ from release
// to release. So a new key of the same kind is made, a certificate for it is signed, and a client
// with both shakes hands with a server through a pair of buffers in memory. The client's own
// private key is not needed for that, and relayctl rarely has it.
#include "core/x509/key_login.hpp"

#include "core/base/text.hpp"
#include "core/x509/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <tuple>

namespace relayctl {

namespace {

using openssl::Ptr;
using KeyOwner = Ptr<EVP_PKEY, EVP_PKEY_free>;
using CertificateOwner = Ptr<X509, X509_free>;
using ContextOwner = Ptr<SSL_CTX, SSL_CTX_free>;
using SessionOwner = Ptr<SSL, SSL_free>;
using KeyContext = Ptr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

// From these sizes on a key can sign whatever TLS asks for, and to make a larger one takes long.
// The first is for security level 0, and enough for RSA-PSS with SHA-512; the other for level 3.
constexpr int large_rsa_bits = 1056;
constexpr int secure_rsa_bits = 3072;

// OpenSSL does not use larger ones (OPENSSL_RSA_MAX_MODULUS_BITS).
constexpr int largest_rsa_bits = 16384;

// Returns the key as OpenSSL's object, or nullptr if OpenSSL does not know its kind.
KeyOwner decoded(const PublicKey& key)
{
    const unsigned char* data = key.as_written.data();
    return KeyOwner(d2i_PUBKEY(nullptr, &data, static_cast<long>(key.as_written.size())));
}

// Returns a new key, or nullptr if OpenSSL cannot make one. context: after EVP_PKEY_keygen_init().
KeyOwner generated(EVP_PKEY_CTX* context)
{
    EVP_PKEY* key = nullptr;
    EVP_PKEY_keygen(context, &key);
    return KeyOwner(key);
}

// Copies the digests and the length of salt to which an RSA-PSS key is restricted.
bool restrict_alike(EVP_PKEY_CTX* context, const EVP_PKEY* like)
{
    // Each parameter may be missing, which is no restriction. OpenSSL's name of a digest is short.
    std::array<char, 64> name;
    const auto copy = [&](const char* parameter, auto set) {
        return EVP_PKEY_get_utf8_string_param(like, parameter, name.data(), name.size(), nullptr)
            != 1
            || set(name.data()) == 1;
    };
    int salt = 0;
    return copy(OSSL_PKEY_PARAM_RSA_DIGEST,
               [&](const char* n) {
                   return EVP_PKEY_CTX_set_rsa_pss_keygen_md_name(context, n, nullptr);
               })
        && copy(OSSL_PKEY_PARAM_RSA_MGF1_DIGEST,
            [&](const char* n) { return EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md_name(context, n); })
        && (EVP_PKEY_get_int_param(like, OSSL_PKEY_PARAM_RSA_PSS_SALTLEN, &salt) != 1
            || EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(context, salt) == 1);
}

// Returns a new RSA key of the same size, but of no more than `enough_bits`, since a larger one
// behaves alike. Returns nullptr if OpenSSL cannot make one, or would not use it in a handshake.
KeyOwner new_rsa_key(const EVP_PKEY* like, const char* type, int enough_bits)
{
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    const int bits = EVP_PKEY_bits(like);
    if (!context || bits > largest_rsa_bits || EVP_PKEY_keygen_init(context.get()) != 1
        || EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), std::min(bits, enough_bits)) != 1
        || (EVP_PKEY_is_a(like, "RSA-PSS") && !restrict_alike(context.get(), like))) {
        return nullptr;
    }
    return generated(context.get());
}

// Returns another key of the same kind; nullptr if there cannot be one here.
KeyOwner new_key_like(EVP_PKEY* like, int enough_rsa_bits)
{
    const char* const type = EVP_PKEY_get0_type_name(like);
    if (type == nullptr) {
        return nullptr;
    }
    if (EVP_PKEY_is_a(like, "RSA") || EVP_PKEY_is_a(like, "RSA-PSS")) {
        return new_rsa_key(like, type, enough_rsa_bits);
    }
    // These kinds take the curve or the group from the key; the others have nothing but their name.
    const bool has_parameters = EVP_PKEY_missing_parameters(like) == 0
        && (EVP_PKEY_is_a(like, "EC") || EVP_PKEY_is_a(like, "DSA") || EVP_PKEY_is_a(like, "DH")
            || EVP_PKEY_is_a(like, "SM2"));
    const KeyContext context(has_parameters ? EVP_PKEY_CTX_new_from_pkey(nullptr, like, nullptr)
                                            : EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    return context && EVP_PKEY_keygen_init(context.get()) == 1 ? generated(context.get()) : nullptr;
}

// Returns a certificate of the key, signed by another one: not every key can sign.
CertificateOwner certificate_of(EVP_PKEY* key, EVP_PKEY* signer)
{
    CertificateOwner x509(X509_new());
    X509_NAME* const name = X509_get_subject_name(x509.get());
    const auto* const text = reinterpret_cast<const unsigned char*>("client");
    const bool made = X509_set_version(x509.get(), X509_VERSION_3) == 1
        && ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1) == 1
        && X509_gmtime_adj(X509_getm_notBefore(x509.get()), -3600) != nullptr
        && X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600) != nullptr
        && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1
        && X509_set_issuer_name(x509.get(), name) == 1 && X509_set_pubkey(x509.get(), key) == 1
        && X509_sign(x509.get(), signer, EVP_sha256()) > 0;
    return made ? std::move(x509) : nullptr;
}

// Accepts the certificate whatever OpenSSL says against it.
int accept_any(int, X509_STORE_CTX*)
{
    return 1; // as tls_verify_certificate_callback() does: the fingerprint decides
}

// Sets those of the groups that OpenSSL knows, as tls_auto_eecdh_curves() and tls_auto_groups() do.
void set_groups(SSL_CTX* context, const std::string& names)
{
    std::vector<std::string> known;
    const ContextOwner trial(SSL_CTX_new(TLS_method()));
    for (const std::string& name : split_list(names, ", \t\r\n:")) {
        if (trial && openssl::set_groups_list(trial.get(), name)
            && std::find(known.begin(), known.end(), name) == known.end()) {
            known.push_back(name);
        }
    }
    if (!known.empty()) {
        openssl::set_groups_list(context, join(known, ":"));
    }
}

// Lets the side speak this version only and present this certificate. Returns false if OpenSSL
// refuses the key or the certificate.
bool prepare(SSL_CTX* side, int version, EVP_PKEY* key, X509* certificate)
{
    return SSL_CTX_set_min_proto_version(side, version) == 1
        && SSL_CTX_set_max_proto_version(side, version) == 1
        && SSL_CTX_use_certificate(side, certificate) == 1
        && SSL_CTX_use_PrivateKey(side, key) == 1;
}

// Returns a server that speaks this version only, with the terms of smtpd, and that asks for a
// certificate as smtpd_tls_ask_ccert makes it do. Returns nullptr if OpenSSL cannot set it up.
ContextOwner server_context(const LoginTerms& terms, int version, EVP_PKEY* key, X509* certificate)
{
    ContextOwner context(SSL_CTX_new(TLS_server_method()));
    if (!context) {
        return nullptr;
    }
    SSL_CTX_set_security_level(context.get(), terms.security_level);
    set_groups(context.get(), terms.curves + ' ' + terms.groups);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, accept_any);
    const bool made = prepare(context.get(), version, key, certificate);
    return made ? std::move(context) : nullptr;
}

// Returns a client that speaks this version only and presents this certificate. Returns nullptr if
// OpenSSL refuses the key or the certificate.
ContextOwner client_context(int version, EVP_PKEY* key, X509* certificate)
{
    ContextOwner context(SSL_CTX_new(TLS_client_method()));
    if (!context) {
        return nullptr;
    }
    SSL_CTX_set_security_level(context.get(), 0);
    const bool made = prepare(context.get(), version, key, certificate);
    return made ? std::move(context) : nullptr;
}

// Lets both talk until the server has ended its handshake. Returns true if it has the certificate.
bool shake_hands(SSL_CTX* server_side, SSL_CTX* client_side)
{
    const SessionOwner server(SSL_new(server_side));
    const SessionOwner client(SSL_new(client_side));
    BIO* server_end = nullptr;
    BIO* client_end = nullptr;
    if (!server || !client || BIO_new_bio_pair(&server_end, 0, &client_end, 0) != 1) {
        return false;
    }
    SSL_set_bio(server.get(), server_end, server_end);
    SSL_set_bio(client.get(), client_end, client_end);
    SSL_set_accept_state(server.get());
    SSL_set_connect_state(client.get());
    constexpr int most_turns = 40; // a pair holds 17 kB, so a flight may take several
    for (int turn = 0; turn < most_turns; ++turn) {
        const int client_done = SSL_do_handshake(client.get());
        const int server_done = SSL_do_handshake(server.get());
        if (server_done == 1) {
            const CertificateOwner shown(SSL_get1_peer_certificate(server.get()));
            return shown != nullptr;
        }
        const auto failed = [](const SessionOwner& session, int result) {
            const int error = SSL_get_error(session.get(), result);
            return result != 1 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
        };
        if (failed(server, server_done) || failed(client, client_done)) {
            return false;
        }
    }
    return false;
}

// Makes the new key, its certificate and that of the server, then tries each version that the
// terms allow. A kind of which no key or certificate can be made has no version.
KeyLogin try_kind(const PublicKey& key, const LoginTerms& terms)
{
    const KeyOwner like = decoded(key);
    const int enough_bits = terms.security_level == 0 ? large_rsa_bits : secure_rsa_bits;
    const KeyOwner own = like ? new_key_like(like.get(), enough_bits) : nullptr;
    // The server's key signs both certificates.
    const KeyOwner servers(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    const auto certificate = own && servers ? certificate_of(own.get(), servers.get()) : nullptr;
    const auto of_server = certificate ? certificate_of(servers.get(), servers.get()) : nullptr;
    const auto works = [&](int version) {
        const auto server = server_context(terms, version, servers.get(), of_server.get());
        const auto client = client_context(version, own.get(), certificate.get());
        return server && client && shake_hands(server.get(), client.get());
    };
    KeyLogin login;
    if (of_server) {
        login.by_tls12 = terms.allows_tls12 && works(TLS1_2_VERSION);
        login.by_tls13 = terms.allows_tls13 && works(TLS1_3_VERSION);
    }
    openssl::clear_errors();
    return login;
}

// Returns the same bytes for all keys of one kind: the algorithm with its parameters, and the size.
std::vector<std::uint8_t> kind_of(const PublicKey& key)
{
    const unsigned char* data = key.as_written.data();
    const unsigned char* const end = data + key.as_written.size();
    long size = 0;
    int tag = 0;
    int type = 0;
    // ASN1_get_object() sets this bit in its result if the bytes are no object.
    constexpr int failed = 0x80;
    // Two SEQUENCEs stand around the algorithm: that of all, and its own.
    for (int depth = 0; depth < 2; ++depth) {
        if ((ASN1_get_object(&data, &size, &tag, &type, end - data) & failed) != 0) {
            return key.as_written;
        }
    }
    std::vector<std::uint8_t> kind(data, data + size);
    const std::size_t bytes = key.as_written.size();
    // Two keys of RSA have the same algorithm, so their size has to tell them apart.
    kind.push_back(static_cast<std::uint8_t>(bytes >> 8U));
    kind.push_back(static_cast<std::uint8_t>(bytes & 0xFFU));
    return kind;
}

} // namespace

LoginTerms usual_login_terms()
{
    return { "X25519 X448 prime256v1 secp521r1 secp384r1", "", 0, true, true };
}

KeyLogin login_by(const PublicKey& key, const LoginTerms& terms)
{
    // One handshake takes milliseconds, and a table may have thousands of keys of few kinds. The
    // lock is held while one is tried, so that no kind is tried twice.
    static std::mutex one_tries;
    static std::map<std::tuple<std::vector<std::uint8_t>, std::string, bool, bool>, KeyLogin> known;
    const std::lock_guard lock(one_tries);
    const auto [found, is_new] = known.try_emplace({ kind_of(key),
        terms.curves + '\n' + terms.groups + '\n' + std::to_string(terms.security_level),
        terms.allows_tls12, terms.allows_tls13 });
    if (is_new) {
        found->second = try_kind(key, terms);
    }
    return found->second;
}

std::string kind_of_key(const PublicKey& key)
{
    const KeyOwner own = decoded(key);
    openssl::clear_errors();
    const char* const type = own ? EVP_PKEY_get0_type_name(own.get()) : nullptr;
    if (type == nullptr) {
        return "";
    }
    std::array<char, 64> group;
    if (EVP_PKEY_get_group_name(own.get(), group.data(), group.size(), nullptr) == 1) {
        return std::string(type) + ' ' + group.data();
    }
    openssl::clear_errors();
    const bool has_size = EVP_PKEY_is_a(own.get(), "RSA") || EVP_PKEY_is_a(own.get(), "RSA-PSS")
        || EVP_PKEY_is_a(own.get(), "DSA");
    return has_size
        ? std::string(type) + " of " + std::to_string(EVP_PKEY_bits(own.get())) + " bits"
        : type;
}

} // namespace relayctl
