// The list of clients that "add --from" reads: a client a line.
#pragma once

#include <string>
#include <vector>

namespace relayctl {

// One line of the list, divided into its words but not yet understood.
struct ClientLine {
    std::string place; // "clients.txt:7", for errors
    std::string who; // a certificate file or a fingerprint
    std::string host; // empty: the certificate names it
    std::string problem = {}; // of a line that cannot be divided; then it has neither
};

// Lines "CERT [HOST]", or "FINGERPRINT HOST" as a table has them, or as a spreadsheet writes them,
// with commas; a fingerprint may stand in any spelling, and behind its host. Blank lines, those
// that begin with '#' and, behind a client, what follows a blank and a '#' are left out. A CERT
// with blanks stands in double quotes. The text may be UTF-8 or UTF-16, and characters that nobody
// sees are passed over. path: "-" is standard input. any_label: the host is any text, so that a '#'
// belongs to it. Errors: those of read_file(), require_no_certificate_file() and
// require_plain_text().
std::vector<ClientLine> read_client_list(const std::string& path, bool any_label);

} // namespace relayctl
