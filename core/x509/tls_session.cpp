// The session talks to two buffers in memory instead of a socket: receive() fills the one that
// OpenSSL reads, take_output() empties the one that it writes. After each piece OpenSSL goes on as
// far as the bytes reach, so whoever owns the socket can wait for it together with other things.
#include "core/x509/tls_session.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/x509/openssl.hpp"
#include "core/x509/tls_context.hpp"
#include "core/x509/tls_problem.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <climits>

namespace relayctl {

namespace {

using openssl::Ptr;

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

} // namespace

// All that needs OpenSSL; the public class only passes its calls on.
class TlsSession::Session {
public:
    Session(const std::optional<TlsIdentity>& identity, const std::string& server_name)
        : context_(new_tls_context(identity))
        , ssl_(SSL_new(context_.get()))
    {
        BIO* in = BIO_new(BIO_s_mem());
        BIO* out = BIO_new(BIO_s_mem());
        if (!ssl_ || in == nullptr || out == nullptr) {
            BIO_free(in);
            BIO_free(out);
            throw no_tls_session();
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
                "server name " + quote(name) + ": cannot be sent" + openssl::last_words());
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
    // Since 3.2 OpenSSL compresses it for a server that understands that (RFC 8879, 4: behind the
    // header and two bytes comes the length before, which an empty list leaves at 4).
    static void note_message(int is_sent, int /*version*/, int type, const void* message,
        std::size_t size, SSL* ssl, void* session) noexcept
    {
        auto& self = *static_cast<Session*>(session);
        const bool is_message = type == SSL3_RT_HANDSHAKE || type == SSL3_RT_ALERT;
        self.shown_.speaks_tls = self.shown_.speaks_tls || (is_message && is_sent == 0);
        if (is_sent == 0 || type != SSL3_RT_HANDSHAKE || size == 0) {
            return;
        }
        constexpr unsigned char compressed = 25; // CompressedCertificate, which 3.0 has no name for
        const auto* const bytes = static_cast<const unsigned char*>(message);
        const bool is_compressed = bytes[0] == compressed;
        const std::size_t at = is_compressed ? 6 : SSL_version(ssl) == TLS1_3_VERSION ? 5 : 4;
        if (size >= at + 3 && (is_compressed || bytes[0] == SSL3_MT_CERTIFICATE)) {
            const int length = bytes[at] << 16 | bytes[at + 1] << 8 | bytes[at + 2];
            self.shown_.took_certificate = length > (is_compressed ? 4 : 0);
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
            problem_ = tls_problem_in_words(openssl::take_last_error());
            break;
        default:
            problem_ = "the server closed the connection";
        }
        openssl::clear_errors();
        return false;
    }

    TlsContext context_;
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
