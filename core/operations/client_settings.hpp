// The settings with which a client's mail program relays by its certificate: as text, for each
// program that people use.
#pragma once

#include <string>
#include <vector>

namespace relayctl {

// What the settings of one client say. The files are names as they stand where the commands are
// pasted: in the directory of README.txt they are "cert.pem", "key.pem" and "HOST.p12".
struct ClientSettings {
    std::string host; // the client: "zen.example"
    std::string server; // the name or the address by which it reaches the server
    int port = 0;
    bool from_the_start = false; // TLS from the first byte (port 465), without STARTTLS
    std::string certificate_file;
    std::string key_file;
    std::string p12_file; // empty: there is none, and no program is told to import it
    // SHA-256 of the server's certificate, upper case with colons, where that is to be pinned: it
    // is self-signed, or of a CA that clients do not know. Empty: clients trust its CA.
    std::string server_fingerprint;
};

// Returns the programs for which there are settings, as `issue --for` takes them, in the order in
// which a text for all of them has them.
const std::vector<std::string>& mail_programs();

// Returns the settings of that program, which must be one of mail_programs(). All but
// "thunderbird" are commands of sh for the client's machine, with the explanations as comments, so
// that they can be read, pasted or run; each line is at most 100 columns unless a name is longer.
// The text begins with a line that names the program, and ends with a newline.
std::string client_settings(const ClientSettings& settings, const std::string& program);

} // namespace relayctl
