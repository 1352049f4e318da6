// The list that add --from reads: a client a line.
#pragma once

#include <string>
#include <vector>

namespace relayctl {

struct ImportLine {
    std::string place; // "clients.txt:7", for errors
    std::string who; // a certificate file or a fingerprint
    std::string host; // empty: to be taken from the certificate
};

// Lines "CERT [HOST]", or "FINGERPRINT HOST" as a table has them; blank lines and those that begin
// with '#' are left out; a CERT with blanks stands in double quotes. path: "-" is standard input.
// Errors: those of read_file(); ErrorKind::input, naming the line.
std::vector<ImportLine> read_import(const std::string& path);

} // namespace relayctl
