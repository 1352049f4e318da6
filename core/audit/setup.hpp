// The facts on which verdicts and findings about the configuration stand. Gathered by app/gather.cpp; nothing here asks
// anybody anything.
#pragma once

#include "core/postfix/services.hpp"
#include "core/postfix/version.hpp"
#include "core/table/document.hpp"
#include "core/x509/certificate.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// A fingerprint of the client that is judged.
struct Print {
    std::string kind; // "cert", "key"; empty where it was given without saying which
    Fingerprint fingerprint;
};

// The client that is judged: by its certificate, by its key alone, or by one fingerprint.
struct Client {
    std::string name; // as people call it: the file, or "fingerprint AA:.."
    std::string add_words; // what "relayctl add" takes for it, ready to paste; without the host
    const Certificate* certificate = nullptr;
    const BareKey* key = nullptr;
    std::optional<Fingerprint> fingerprint;
    std::vector<Print> listed; // fingerprints that were read from entries, of whatever digest; else empty

    // Every fingerprint that smtpd would compute and that is known here. Both are known only of a certificate.
    std::vector<Print> prints(const Digest& digest) const;
};

enum class Answer : std::uint8_t {
    missing,
    found,
    fails,  // the table cannot be opened or read: 451
    unseen, // not for this user, or not from here
};

// One table, and what it answers to each of the client's fingerprints.
struct TableFacts {
    std::string name;     // TYPE:PATH as it is configured
    std::string problem;  // why it fails, or why it cannot be seen
    std::vector<Answer> answers;                  // in the order of Client::prints(); empty where nobody asked
    std::vector<std::string> values;              // likewise; what was found
    std::string source_path;                      // of a text table: the file, seen from here
    std::shared_ptr<const Document> source;       // its text; none where there is none, or not for this user
    bool is_database = false;                     // source: only what of its rows has to do with the client
    bool map_is_missing = false;                  // the file that postmap would have made is not there
    bool lists_anybody = false;                   // it finds a fingerprint that nobody has
    bool is_hidden_from_proxy = false;            // proxymap runs as a user who cannot read it
    bool is_forbidden = false;                    // to proxymap: smtpd ends with a fatal error when it opens it
};

// check_ccert_access with its argument.
struct AccessTableFacts {
    TableFacts table;
    std::vector<std::string> search_order; // "cert", "key", or what smtpd does not know
    bool malformed = false;
};

// One smtpd with everything that bears on a client's certificate.
struct ServiceFacts {
    Service service;
    std::optional<Digest> digest;         // none: smtpd does not know its name
    std::string certificate_problem;      // why smtpd cannot load its own certificate; empty if it can, or if that cannot be seen
    std::string authorities_problem;      // likewise of smtpd_tls_CAfile
    std::vector<std::string> unseen;      // what this user could not look at
    std::optional<bool> trusted = false;  // the client's certificate chains to a CA of the server; no value: unseen
    std::optional<bool> in_mynetworks = false;
    std::optional<bool> in_inet_interfaces = false;
    std::vector<TableFacts> tables;       // of relay_clientcerts, in order
    std::map<std::string, AccessTableFacts> ccert_access; // by the argument of check_ccert_access
    std::map<std::string, std::vector<std::string>> classes;

    const std::string& parameter(const std::string& name) const; // "" where Postfix has none of this name
    bool is_on(const std::string& name) const { return parameter(name) == "yes"; }
    // Up to 3.8 the certificate's fingerprint is looked up first, from 3.9 on the key's.
    bool asks_key_first() const;
};

// Of check_ccert_access: "type:table" or "{ type:table, { search_order = ... } }" (map_search.c).
AccessTableFacts parse_access_argument(const std::string& argument);

// The parameters of a service that a judgement needs.
const std::vector<std::string>& judged_parameters();

// The lists in which smtpd looks for a refusal, in its order.
std::vector<std::string> restriction_lists(const ServiceFacts& facts);

} // namespace relayctl
