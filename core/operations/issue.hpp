// Makes a key and a certificate for a client, lists it, and writes what the client needs into a
// directory.
#pragma once

#include "core/operations/change.hpp"
#include "core/operations/client.hpp"
#include "core/operations/client_server.hpp"
#include "core/operations/rotate.hpp"
#include "core/x509/pkcs12.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What "issue" is asked for.
struct IssueRequest {
    std::string host;
    std::string out; // the directory in which that of the client is made; empty = the current one
    std::string key_type; // of client_key_types()
    std::chrono::days lifetime{ 730 };
    std::optional<CertificateFile> request; // its key is listed, and no key is made
    std::string p12_password; // empty: one is made
    Pkcs12Encryption p12 = Pkcs12Encryption::compatible;
    ClientServer server;
    std::vector<std::string> programs; // for which README.txt has settings
    ClientOptions client; // with `key` also if there is a request
    Author author;
    Digest digest; // of the table, by which the client is listed
    std::vector<Digest> digests; // of TableAccess::tables, in their order
    bool rotate = false; // list it beside the former entries, which retire
    std::chrono::seconds grace = default_grace;
    ChangeOptions change;
    std::string table = {}; // of -t, for hints
};

struct IssueResult {
    std::string directory; // that was made, or would be
    std::vector<std::string> files; // the names in it
    NewClient client; // as it is listed, or to be listed
    std::string new_password; // of the PKCS#12 file, if it was made for it; it stands nowhere else
    std::optional<ChangeResult> change; // of the tables; none if they were not to be changed
    std::vector<TableName> tables; // in which the client was listed
};

// Makes files and entry, whole or not at all. First the files, beside the place where they belong;
// then they get their names; then the entry. So a run that is killed leaves no key without its
// certificate and no entry without its files. If the entry cannot be made, the files go again; they
// stay where the entry stands although something behind it failed, and then ChangeResult::failure
// says what. access: null if nothing is to be listed. With dry_run nothing is written.
// Errors: those of add_clients(), rotate(), NewDirectory, client_from_file(); ErrorKind::refused if
// the directory exists.
IssueResult issue(const IssueRequest& request, const TableAccess* access, Observer& observer);

// Returns the command by which the administrator of the server lists this client:
// "relayctl add --fingerprint ... HOST".
std::vector<std::string> words_to_add(const NewClient& client);

} // namespace relayctl
