#include "core/x509/tls_problem.hpp"

#include "core/x509/openssl.hpp"

#include <openssl/ssl.h>
#include <openssl/sslerr.h>

namespace relayctl {

namespace {

constexpr const char* unknown_reason = "what the server sends cannot be used";

// Returns what the server means by an alert (RFC 8446, 6).
const char* alert_in_words(int alert)
{
    switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_DECRYPT_ERROR:
        return "the server refuses the client's certificate";
    case SSL_AD_CERTIFICATE_REQUIRED:
        return "the server demands a certificate of the client";
    case SSL_AD_PROTOCOL_VERSION:
        return "the server speaks none of the versions of TLS that are allowed here";
    case SSL_AD_UNRECOGNIZED_NAME:
        return "the server does not go by the name that was asked for";
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_INSUFFICIENT_SECURITY:
        return "the server agrees to none of the ciphers that are allowed here, or has no "
               "certificate";
    default:
        return "the server ends the session";
    }
}

const char* reason_in_words(int reason)
{
    switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_UNEXPECTED_MESSAGE:
        return "what the server sends is no TLS";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
        return "the server speaks none of the versions of TLS that are allowed here";
    case SSL_R_DH_KEY_TOO_SMALL:
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL:
    case SSL_R_CA_MD_TOO_WEAK:
        return "a key or certificate of the server is weaker than OpenSSL allows here";
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        return "the server closed the connection";
    default:
        return unknown_reason;
    }
}

} // namespace

std::string tls_problem_in_words(unsigned long code)
{
    const int reason = ERR_GET_REASON(code);
    const bool is_alert = reason >= SSL_AD_REASON_OFFSET;
    const char* words = ERR_GET_LIB(code) != ERR_LIB_SSL ? unknown_reason
        : is_alert ? alert_in_words(reason - SSL_AD_REASON_OFFSET)
                   : reason_in_words(reason);
    return words + openssl::words_of(code);
}

} // namespace relayctl
