// What smtpd says of the configuration of one service, when it is started with it.
#pragma once

#include <string>
#include <vector>

namespace relayctl {

// What came of starting smtpd once.
struct ReadingFacts {
    // Why smtpd was not asked, as a sentence; empty if it was.
    std::string unasked;
    // Why nothing is known of TLS although smtpd was asked, as a sentence; empty if it is known.
    std::string tls_unasked;
    std::string fatal; // its last words, without "fatal: "; empty if it serves
    std::string no_tls; // its words about TLS that it offers and cannot begin; empty if it can
    std::string no_milter; // its words about a milter that it cannot connect to
    bool begins_tls = false; // a TLS handshake succeeded
    std::vector<std::string> warnings; // what else it warned of, each once
};

} // namespace relayctl
