// Finds the entry of another certificate of the same client.
#pragma once

#include "core/table/document.hpp"
#include "core/x509/certificate.hpp"

namespace relayctl {

// Returns the first entry whose host the certificate names, or whose annotation has the subject of
// the certificate. This is a guess: anybody can write a name into a certificate. Null if there is
// none. The entry lives as long as the document.
const Entry* entry_of_same_host(const Document& document, const Certificate& certificate);

} // namespace relayctl
