// The client's side of one TLS session, and what the server shows in it. The bytes travel by the
// caller's hand: this knows no socket and never waits.
#pragma once

#include "core/x509/certificate.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// What a server shows to whoever connects to it.
struct TlsShown {
    std::string protocol; // "TLSv1.3"; empty before the handshake is over
    std::string cipher; // "TLS_AES_256_GCM_SHA384"
    bool asks_for_certificate = false; // it sent a CertificateRequest
    // The CAs that the request names, as RFC 2253 writes them, in the server's order.
    std::vector<std::string> authorities;
    bool took_certificate = false; // the request came, and we answered it with a certificate
    // The server's own certificate; no value if it showed none, or before the handshake is over.
    std::optional<Certificate> certificate;
    bool speaks_tls = false; // it sent any message of TLS, be it an alert
};

// A certificate that is presented to a server that asks for one. All of it is DER.
struct TlsIdentity {
    std::vector<std::uint8_t> certificate;
    std::vector<std::vector<std::uint8_t>> chain; // the certificates that are sent along
    std::vector<std::uint8_t> private_key; // of the certificate, not encrypted
};

// A client that takes any server: it knows all protocols, ciphers and curves that OpenSSL has, with
// keys of any size, and it does not verify the server's certificate. Neither the caller's
// environment nor openssl.cnf of this system changes what it does.
class TlsSession {
public:
    // Without an identity it answers a request with no certificate. server_name: what is sent as
    // the name of the server (SNI, RFC 6066); empty for none. Throws ErrorKind::input if the
    // identity cannot be loaded, and ErrorKind::system if OpenSSL cannot be set up.
    explicit TlsSession(const std::optional<TlsIdentity>& identity = std::nullopt,
        const std::string& server_name = {});
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    // Takes bytes that came from the server. They may come in any pieces.
    void receive(std::string_view bytes);
    // Notes that the server has closed the connection.
    void receive_end();
    // Encrypts text for the server, once the handshake is over.
    void send(std::string_view text);

    // Returns the bytes that are to go to the server now, and forgets them. Call it after each of
    // the functions above, and at the beginning.
    std::string take_output();
    // Returns the text that the server has sent since the last call, decrypted.
    std::string take_text();

    bool is_established() const noexcept;
    // Why the session came to its end, in OpenSSL's words; empty while it goes on. After a failure
    // it takes no more bytes.
    const std::string& problem() const noexcept;
    const TlsShown& shown() const noexcept;

private:
    class Session;
    std::unique_ptr<Session> session_;
};

// Returns the names of the CAs in a file of certificates in PEM, as a server sends them with its
// request: each once, in the order of the file. Has no value if OpenSSL cannot read the file.
// Source: SSL_load_client_CA_file(), which tls_server_init() of Postfix calls (tls_server.c).
std::optional<std::vector<std::string>> authority_names(const std::string& file);

} // namespace relayctl
