// What a TLS session of the client is made with.
#pragma once

#include "core/base/error.hpp"
#include "core/x509/openssl.hpp"
#include "core/x509/tls_session.hpp"

#include <openssl/ssl.h>

#include <optional>

namespace relayctl {

using TlsContext = openssl::Ptr<SSL_CTX, SSL_CTX_free>;

// Returns the context of one session: it takes any server, and presents the identity if there is
// one. Throws what TlsSession::TlsSession() throws.
TlsContext new_tls_context(const std::optional<TlsIdentity>& identity);

// Returns the error of a session that cannot begin.
Error no_tls_session();

} // namespace relayctl
