// The client that somebody names: by a certificate file or a fingerprint, and a host or any other
// label.
#pragma once

#include "core/operations/client.hpp"

#include <string>
#include <vector>

namespace relayctl {

// What was typed; empty = not given.
struct ClientWords {
    std::string file;
    std::string fingerprint; // instead of the file
    std::string host;
    std::string label; // any text instead of the host
};

// What all clients of one command have in common.
struct ClientTerms {
    ClientOptions options;
    Digest digest; // of the table
    Author author;
    bool any_label = false; // of a list: any text may be the host
    // What somebody chose for this command, for hints; empty = not given.
    std::string table; // of -t
    std::string service; // of --service
};

// The host or label that was typed. Errors: ErrorKind::usage where it cannot be one.
std::string typed_host(const ClientWords& words);

// Reads the certificate, if a file was named. Without a host the one that the certificate names is
// taken. Errors: those of typed_host(), load_certificates(), client_from_file() and
// client_from_fingerprint(); ErrorKind::usage where no host was typed and the certificate does not
// name exactly one.
NewClient named_client(const ClientWords& words, const ClientTerms& terms);

// The clients of a list, each once. Their warnings name the line. Errors, which name the line, too:
// those of read_client_list() and named_client(); ErrorKind::input where two lines give one client
// different hosts.
std::vector<NewClient> listed_clients(const std::string& path, const ClientTerms& terms);

} // namespace relayctl
