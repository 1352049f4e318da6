// Checks whether smtpd can load its own certificate: if it cannot, smtpd disables TLS.
#pragma once

#include <string>
#include <vector>

namespace relayctl {

// What was found out about the files of a server. With unseen files the check is incomplete, and an
// empty problem proves nothing about them.
struct ServerCertificateCheck {
    std::string problem; // why smtpd cannot load it; empty if nothing was found
    std::vector<std::string> unseen; // files that this user may not read
};

// certificate_file: smtpd_tls_cert_file, in which the server's certificate comes first. key_file:
// smtpd_tls_key_file. Source: set_cert_stuff() in tls_certkey.c.
ServerCertificateCheck check_server_certificate(
    const std::string& certificate_file, const std::string& key_file);

// files: smtpd_tls_chain_files, in which each key stands in front of its certificates. Source:
// load_chain_files() in tls_certkey.c.
ServerCertificateCheck check_server_chain(const std::vector<std::string>& files);

} // namespace relayctl
