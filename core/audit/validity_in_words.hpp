// The words of every command for a certificate that is not valid now.
#pragma once

#include "core/base/time.hpp"

#include <string>

namespace relayctl {

// "the certificate expired on 2027-11-22; Postfix does not look at that". It does not:
// check_ccert_access and permit_tls_clientcerts look at the fingerprint alone (smtpd_check.c,
// permit_tls_clientcerts()).
std::string expired_in_words(Time not_after);

// "the certificate is not valid before 2027-11-22; Postfix does not look at that"
std::string not_yet_valid_in_words(Time not_before);

} // namespace relayctl
