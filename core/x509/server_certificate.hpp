// Whether smtpd can load the certificate that it would present itself: without one, TLS is off.
#pragma once

#include <string>
#include <vector>

namespace relayctl {

struct ServerCertificateCheck {
    std::string problem; // why smtpd cannot load it; empty where nothing was found
    std::vector<std::string> unseen; // files that this user may not read
};

// A file of certificates, the server's first, and the file of its private key: smtpd_tls_cert_file
// and smtpd_tls_key_file. Facts: set_cert_stuff() in tls_certkey.c.
ServerCertificateCheck check_server_certificate(
    const std::string& certificate_file, const std::string& key_file);

// smtpd_tls_chain_files: each key in front of its certificates, over one or several files. Facts:
// load_chain_files(), likewise.
ServerCertificateCheck check_server_chain(const std::vector<std::string>& files);

} // namespace relayctl
