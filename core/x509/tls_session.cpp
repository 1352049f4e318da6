// The session talks to two buffers in memory instead of a socket: receive() fills the one that
// OpenSSL reads, take_output() empties the one that it writes. After each piece OpenSSL goes on as
// far as the bytes reach, so whoever owns the socket can wait for it together with other things.
#include "core/x509/tls_session.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/x509/openssl.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <climits>

namespace relayctl {

namespace {

using openssl::Ptr;
using Context = Ptr<SSL_CTX, SSL_CTX_free>;

// Returns the names as text, in the order of the list. A server that names no CA has no list at
// all.
std::vector<std::string> names_in(const STACK_OF(X509_NAME) * names)
{
    std::vector<std::string> found;
    for (int i = 0; names != nullptr && i < sk_X509_NAME_num(names); ++i) {
        found.push_back(openssl::name_text(sk_X509_NAME_value(names, i)));
    }
    return found;
}

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
            "the client's certificate: cannot be used in a TLS session: " + openssl::last_error());
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

// Returns the context of one session: it takes any server, and presents the identity if there is
// one. Throws what TlsSession::TlsSession() throws.
Context new_context(const std::optional<TlsIdentity>& identity)
{
    Context context(SSL_CTX_new_ex(unconfigured_library(), nullptr, TLS_client_method()));
    if (!context) {
        throw Error(ErrorKind::system, "TLS: cannot be set up: " + openssl::last_error());
    }
    forget_system_defaults(*context);
    // The server is to be seen as it is. A resumed session would show what an earlier one
    // negotiated.
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    if (!identity) {
        return context;
    }
    load(*context, *identity);
    return context;
}

} // namespace

// All that needs OpenSSL; the public class only passes its calls on.
class TlsSession::Session {
public:
    Session(const std::optional<TlsIdentity>& identity, const std::string& server_name)
        : context_(new_context(identity))
        , ssl_(SSL_new(context_.get()))
    {
        BIO* in = BIO_new(BIO_s_mem());
        BIO* out = BIO_new(BIO_s_mem());
        if (!ssl_ || in == nullptr || out == nullptr) {
            BIO_free(in);
            BIO_free(out);
            throw Error(ErrorKind::system, "TLS: cannot be set up: " + openssl::last_error());
        }
        BIO_set_mem_eof_return(in, -1); // empty means: wait for more
        SSL_set_bio(ssl_.get(), in, out); // owns them from here on
        SSL_set_cert_cb(ssl_.get(), note_request, this);
        SSL_set_msg_callback(ssl_.get(), note_message);
        SSL_set_msg_callback_arg(ssl_.get(), this);
        // SSL_set_tlsext_host_name() is this call, with a cast of its own.
        std::string name = server_name;
        if (!name.empty()
            && SSL_ctrl(
                   ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data())
                != 1) {
            throw Error(ErrorKind::input,
                "server name " + quote(name) + ": cannot be sent: " + openssl::last_error());
        }
        SSL_set_connect_state(ssl_.get());
        // The first call writes the ClientHello into the output.
        go_on();
    }

    void receive(std::string_view bytes)
    {
        while (!bytes.empty() && problem_.empty()) {
            const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX));
            BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), size);
            bytes.remove_prefix(static_cast<std::size_t>(size));
        }
        go_on();
    }

    // The session is over in any case. If OpenSSL has words of its own for it, these come first.
    void receive_end()
    {
        // From now on an empty buffer means the end, so OpenSSL says itself whether that was too
        // early.
        BIO_set_mem_eof_return(SSL_get_rbio(ssl_.get()), 0);
        go_on();
        if (problem_.empty()) {
            problem_ = "the server closed the connection";
        }
    }

    void send(std::string_view text)
    {
        if (problem_.empty() && !text.empty()) {
            note_failure(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())));
        }
    }

    std::string take_output()
    {
        std::string output;
        // BIO_read() returns -1 for an empty buffer.
        std::array<char, 4096> piece{};
        BIO* const out = SSL_get_wbio(ssl_.get());
        for (int size = 0;
             (size = BIO_read(out, piece.data(), static_cast<int>(piece.size()))) > 0;) {
            output.append(piece.data(), static_cast<std::size_t>(size));
        }
        return output;
    }

    std::string take_text() { return std::exchange(text_, {}); }
    bool is_established() const noexcept { return !shown_.protocol.empty(); }
    const std::string& problem() const noexcept { return problem_; }
    const TlsShown& shown() const noexcept { return shown_; }

private:
    // OpenSSL calls this where it would choose the certificate: only if the server asks for one.
    static int note_request(SSL* /*ssl*/, void* session) noexcept
    {
        auto& self = *static_cast<Session*>(session);
        self.shown_.asks_for_certificate = true;
        return 1;
    }

    // OpenSSL calls this for each message. Ours with the certificate has an empty list if OpenSSL
    // cannot use the key with what the server takes (RFC 5246, 7.4.2; RFC 8446, 4.4.2: the length
    // of the list is behind a header of 4 bytes and, in TLS 1.3, one byte of an empty context).
    static void note_message(int is_sent, int /*version*/, int type, const void* message,
        std::size_t size, SSL* ssl, void* session) noexcept
    {
        auto& self = *static_cast<Session*>(session);
        const bool is_message = type == SSL3_RT_HANDSHAKE || type == SSL3_RT_ALERT;
        self.shown_.speaks_tls = self.shown_.speaks_tls || (is_message && is_sent == 0);
        const auto* const bytes = static_cast<const unsigned char*>(message);
        const std::size_t list = SSL_version(ssl) == TLS1_3_VERSION ? 5 : 4;
        if (is_sent == 1 && type == SSL3_RT_HANDSHAKE && size >= list + 3
            && bytes[0] == SSL3_MT_CERTIFICATE) {
            self.shown_.took_certificate
                = bytes[list] != 0 || bytes[list + 1] != 0 || bytes[list + 2] != 0;
        }
    }

    // Goes on with the handshake, then decrypts what has come. Also after the handshake OpenSSL
    // must be called for every piece: TLS 1.3 sends tickets then, and a refused certificate as an
    // alert.
    void go_on()
    {
        if (problem_.empty() && !is_established() && note_failure(SSL_do_handshake(ssl_.get()))) {
            // All that the server shows is noted at this moment: a failure later does not make it
            // untrue.
            shown_.protocol = SSL_get_version(ssl_.get());
            shown_.cipher = SSL_get_cipher_name(ssl_.get());
            if (X509* const certificate = SSL_get0_peer_certificate(ssl_.get())) {
                shown_.certificate = openssl::certificate_from(certificate);
            }
            if (shown_.asks_for_certificate) {
                shown_.authorities = names_in(SSL_get0_peer_CA_list(ssl_.get()));
            }
        }
        std::array<char, 4096> piece{};
        while (problem_.empty() && is_established()) {
            const int size = SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()));
            if (!note_failure(size)) {
                break;
            }
            text_.append(piece.data(), static_cast<std::size_t>(size));
        }
    }

    // Returns whether the call succeeded. If it can never succeed, the session is over.
    bool note_failure(int result)
    {
        if (result > 0) {
            return true;
        }
        switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            break;
        case SSL_ERROR_SSL:
            problem_ = openssl::last_error();
            break;
        default:
            problem_ = "the server closed the connection";
        }
        openssl::clear_errors();
        return false;
    }

    Context context_;
    Ptr<SSL, SSL_free> ssl_;
    TlsShown shown_;
    // Decrypted text that take_text() has not fetched yet.
    std::string text_;
    std::string problem_;
};

TlsSession::TlsSession(const std::optional<TlsIdentity>& identity, const std::string& server_name)
    : session_(std::make_unique<Session>(identity, server_name))
{
}

TlsSession::~TlsSession() = default;

void TlsSession::receive(std::string_view bytes)
{
    session_->receive(bytes);
}

void TlsSession::receive_end()
{
    session_->receive_end();
}

void TlsSession::send(std::string_view text)
{
    session_->send(text);
}

std::string TlsSession::take_output()
{
    return session_->take_output();
}

std::string TlsSession::take_text()
{
    return session_->take_text();
}

bool TlsSession::is_established() const noexcept
{
    return session_->is_established();
}

const std::string& TlsSession::problem() const noexcept
{
    return session_->problem();
}

const TlsShown& TlsSession::shown() const noexcept
{
    return session_->shown();
}

std::optional<std::vector<std::string>> authority_names(const std::string& file)
{
    const Ptr<STACK_OF(X509_NAME), openssl::free_names> names(
        SSL_load_client_CA_file(file.c_str()));
    openssl::clear_errors();
    return names ? std::optional(names_in(names.get())) : std::nullopt;
}

} // namespace relayctl
