// The facts on which verdicts and findings about the configuration stand. Gathered by
// app/gather.cpp; nothing here asks anybody anything.
#pragma once

#include "core/audit/networks.hpp"
#include "core/audit/restrictions.hpp"
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
    std::string add_words; // what "relayctl add" takes for it, ready to paste; without the host.
                           // Empty: no shell takes its name
    const Certificate* certificate = nullptr;
    const BareKey* key = nullptr;
    std::optional<Fingerprint> fingerprint;
    std::vector<Print>
        listed; // fingerprints that were read from entries, of whatever digest; else empty

    // Every fingerprint that smtpd would compute and that is known here. Both are known only of a
    // certificate.
    std::vector<Print> prints(const Digest& digest) const;

    // add_words, or the client's fingerprint where it has none of them. Empty where neither is
    // known.
    std::string words_to_add(const std::optional<Digest>& digest) const;
};

enum class Answer : std::uint8_t {
    missing,
    found,
    fails, // the table cannot be opened or read: 451
    unseen, // not for this user, or not from here
};

// One table, and what it answers to each of the client's fingerprints.
struct TableFacts {
    std::string name; // TYPE:PATH as it is configured
    std::string problem; // why it fails, or why it cannot be seen
    std::vector<Answer> answers; // in the order of Client::prints(); empty where nobody asked
    std::vector<std::string> values; // likewise; what was found
    std::string source_path; // of a text table: the file, seen from here
    std::shared_ptr<const Document>
        source; // its text; none where there is none, or not for this user
    bool is_database = false; // source: only what of its rows has to do with the client
    bool map_is_missing = false; // the file that postmap would have made is not there
    bool lists_anybody = false; // it finds a fingerprint that nobody has
    bool is_hidden_from_proxy = false; // proxymap runs as a user who cannot read it
    bool is_forbidden = false; // to proxymap: smtpd ends with a fatal error when it opens it
};

// check_ccert_access with its argument.
struct AccessTableFacts {
    TableFacts table;
    std::vector<std::string> search_order; // "cert", "key", or what smtpd does not know
    bool malformed = false;
};

// What a table of check_client_access, check_helo_access, check_sender_access or
// check_recipient_access says.
struct ClaimTableFacts {
    AccessAnswer answer; // to every client; unknown where it differs, or where that cannot be told
    // What it says to a stranger who claims the right thing: the first key of each different
    // answer. Only where answer is unknown.
    std::vector<std::pair<std::string, std::string>> on_claim;
};

// What smtpd takes an invented destination for: reject_unauth_destination lets the ones pass that
// are ours.
struct Elsewhere {
    std::optional<bool> is_ours = false; // no value: a table cannot be asked, or says yes to some
    std::string parameter; // the list that takes it in, or that cannot be asked: relay_domains
    std::optional<bool> has_recipient
        = true; // where it is ours, an invented recipient is listed there; likewise
    std::vector<std::string> whole_domains; // of the top level: "relay_domains takes in all of com"
};

// What lets a client pass itself off as another one.
struct Disguise {
    std::string parameter; // smtpd_upstream_proxy_protocol, postscreen_upstream_proxy_protocol;
                           // empty: no proxy
    std::optional<bool> by_xclient
        = false; // smtpd_authorized_xclient_hosts has the client's address
    Width xclient_width = Width::narrow;
};

// One smtpd with everything that bears on a client's certificate.
struct ServiceFacts {
    Service service;
    std::optional<Digest> digest; // none: smtpd does not know its name
    std::string certificate_problem; // why smtpd cannot load its own certificate; empty if it can,
                                     // or if that cannot be seen
    std::string authorities_problem; // likewise of smtpd_tls_CAfile
    std::vector<std::string> unseen; // what this user could not look at
    std::optional<bool> trusted
        = false; // the client's certificate chains to a CA of the server; no value: unseen
    std::optional<bool> in_mynetworks = false;
    std::optional<bool> in_inet_interfaces = false;
    Width mynetworks_width = Width::narrow;
    std::string mynetworks_fault; // the entry at which smtpd fails for the client, with 451; empty
                                  // if it does not
    std::vector<std::string> mynetworks_names; // its entries that are host names or domains
    Elsewhere elsewhere;
    Disguise disguise;
    std::map<std::string, ClaimTableFacts>
        access; // by word and argument: "check_sender_access hash:/x"
    bool authenticated = false; // the client has logged in
    std::vector<TableFacts> tables; // of relay_clientcerts, in order
    std::map<std::string, AccessTableFacts> ccert_access; // by the argument of check_ccert_access
    std::map<std::string, std::vector<std::string>> classes;

    const std::string& parameter(
        const std::string& name) const; // "" where Postfix has none of this name
    bool is_on(const std::string& name) const { return parameter(name) == "yes"; }
    // Up to 3.8 the certificate's fingerprint is looked up first, from 3.9 on the key's.
    bool asks_key_first() const;
};

// A client with a certificate that nobody knows, of every digest.
Client unknown_client();

// What stands between the braces around a text, without the blanks there; a text without them as it
// is. Fact: extpar() with EXTPAR_FLAG_STRIP.
std::string_view inside_braces(std::string_view text);

// Of check_ccert_access: "type:table" or "{ type:table, { search_order = ... } }" (map_search.c).
AccessTableFacts parse_access_argument(const std::string& argument);

// The parameters of a service that a judgement needs.
const std::vector<std::string>& judged_parameters();

// The lists in which smtpd looks for a refusal, in its order.
std::vector<std::string> restriction_lists(const ServiceFacts& facts);

} // namespace relayctl
