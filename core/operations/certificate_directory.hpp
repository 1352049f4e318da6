// A directory of certificates as the list of who may relay.
#pragma once

#include <string>
#include <vector>

namespace relayctl {

struct ListedFile {
    std::string host;
    std::string path;
};

struct CertificateDirectory {
    std::vector<ListedFile> files; // by host, then by file name
    std::vector<std::string> ignored; // files that are no certificates by their names
};

// DIR/HOST.pem, or DIR/HOST/ANY.pem where a host has several; .crt, .cer and .der as well. Names
// that begin with a dot are left out, other names are in `ignored`. labels: HOST may be any text
// that can be the value of an entry. The files are not opened. Errors: ErrorKind::input where a
// HOST is none, or there is a directory in a directory; ErrorKind::permission where the system
// forbids it.
CertificateDirectory read_certificate_directory(const std::string& path, bool labels);

} // namespace relayctl
