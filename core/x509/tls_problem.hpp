// Why a TLS session fails, in plain words.
#pragma once

#include <string>

namespace relayctl {

// Returns a sentence about this code of OpenSSL's error queue, as a client hears it, with OpenSSL's
// own words in brackets, by which more about it can be found.
std::string tls_problem_in_words(unsigned long code);

} // namespace relayctl
