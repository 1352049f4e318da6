// A directory of certificates, which says by its file names who may relay.
#pragma once

#include <string>
#include <vector>

namespace relayctl {

// A file of certificates, and the host that its name or the name of its directory says.
struct HostFile {
    std::string host;
    std::string path;
};

// What read_certificate_directory() has found by names alone.
struct CertificateDirectory {
    std::vector<HostFile> files; // by host, then by file name
    std::vector<std::string> ignored; // files that are not named like certificates
};

// Finds DIR/HOST.pem, and DIR/HOST/ANY.pem where a host has several certificates; also .crt, .cer
// and .der. certbot's live/, and a directory in which relayctl issue made others, can be given as
// they are: of DIR/HOST/ with a cert.pem, the key and the chain beside it are left out. Names that
// begin with a dot are left out. The files are not opened. labels: HOST may be any text that can be
// the value of an entry. Errors: ErrorKind::input where a file is named after no host, or where the
// directory of a host has a directory in it; ErrorKind::permission where the system forbids it.
CertificateDirectory read_certificate_directory(const std::string& path, bool labels);

} // namespace relayctl
