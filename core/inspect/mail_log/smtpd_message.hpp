// What one message of smtpd says of a session. The texts are those of Postfix 3.5 to 3.12; clients
// choose parts of many of them, so that each is recognised by what only smtpd can have put at that
// place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

enum class MessageKind {
    other, // nothing that matters here
    connected, // "connect from CLIENT"
    disconnected, // "disconnect from CLIENT ehlo=1 ..."
    ended, // "fatal: ...", "panic: ...": the process is gone
    certificate, // "CLIENT: subject_CN=..., fingerprint=..., pkey_fingerprint=..."
    raw_key, // "CLIENT: raw public key fingerprint=..."
    tls_anonymous, // "Anonymous TLS connection established from CLIENT: ..."
    tls_with_certificate, // "Untrusted TLS ...", "Trusted TLS ...": or with a raw public key
    permitted, // "NOQUEUE: permit: RCPT from CLIENT: action=permit_tls_clientcerts for ..."
    permitted_for_any, // the same with action=permit_tls_all_clientcerts
    denied, // "NOQUEUE: reject: RCPT from CLIENT: 554 5.7.1 <A>: Relay access denied; ..."
    rejected, // another "reject:"
    took_message, // "QUEUEID: client=CLIENT"
    not_asked, // "warning: ... is requested, but "smtpd_tls_ask_ccert = no""
    looked_up, // 'TABLE lookup: "FINGERPRINT" = "VALUE"', of a debug: table
    lookup_failed, // "warning: relay_clientcerts: lookup error for fingerprint ..."
};

// Its texts live as long as the message.
struct SmtpdMessage {
    MessageKind kind = MessageKind::other;
    std::string_view client; // "name[192.0.2.1]" or "name[192.0.2.1]:port"; empty if not named
    std::string_view first_fingerprint; // of the certificate, or what the message has first
    std::string_view second_fingerprint; // of the key, or what the message has second
    // What the certificate claims, the refusal, the value of a lookup, or the counters of a session
    // that ends.
    std::string_view text;
    std::string_view table; // of a lookup
    bool is_trusted = false; // "Trusted TLS connection"
    bool has_logged_in = false; // "client=CLIENT, sasl_method=..."
};

// Reads a message. tables: the names of the tables of clients, without "debug:". Of others a lookup
// says nothing, since clients choose what is looked up there.
SmtpdMessage read_smtpd_message(
    std::string_view message, const std::vector<std::string>& tables) noexcept;

// Splits "name[address]:port". Both are empty for other texts.
struct ClientName {
    std::string_view name;
    std::string_view address;
};
ClientName split_client(std::string_view client) noexcept;

} // namespace relayctl
