#include "core/audit/login_in_words.hpp"

namespace relayctl {

std::optional<std::string> login_problem_in_words(
    const PublicKey& key, const KeyLogin& login, const LoginTerms& terms)
{
    const std::string kind = kind_of_key(key);
    const std::string its_key = "its key (" + (kind.empty() ? "of unknown kind" : kind) + ')';
    if (!login.is_possible()) {
        return its_key + " cannot log in: "
            + (kind.empty() ? "this OpenSSL does not know such keys"
                            : "no TLS handshake with such a key succeeds here");
    }
    const bool by_all
        = login.by_tls12 == terms.allows_tls12 && login.by_tls13 == terms.allows_tls13;
    if (by_all) {
        return std::nullopt;
    }
    return its_key + " can log in by TLS " + (login.by_tls12 ? "1.2" : "1.3") + " only: with TLS "
        + (login.by_tls12 ? "1.3" : "1.2")
        + " the client has no certificate to show, or no handshake succeeds";
}

std::string withheld_in_words()
{
    return "the server sends the names of the CAs in smtpd_tls_CAfile, and this certificate is of "
           "none of them: clients with GnuTLS (on Debian msmtp, nullmailer and exim) then withhold "
           "it and are refused, those with OpenSSL send it";
}

} // namespace relayctl
