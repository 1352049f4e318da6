// The names of a certificate, of which its host is made.
#pragma once

#include "core/x509/certificate.hpp"

namespace relayctl {

// Returns the names that a certificate is for: its dNSNames or, if it has none, its common names. A
// name that differs only in the case of letters is there once.
std::vector<std::string> names_of(const Certificate& certificate);

} // namespace relayctl
