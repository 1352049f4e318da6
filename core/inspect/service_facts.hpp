// What bears on a client's certificate in one smtpd service: the facts on which the verdicts and
// the findings about the configuration stand.
#pragma once

#include "core/base/public_addresses.hpp"
#include "core/inspect/client_facts.hpp"
#include "core/inspect/live_facts.hpp"
#include "core/inspect/reading_facts.hpp"
#include "core/inspect/table_facts.hpp"
#include "core/postfix/changes_by_version.hpp"
#include "core/postfix/services.hpp"
#include "core/postfix/written_settings.hpp"
#include "core/x509/key_login.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// A list of destinations that takes in whatever is below a domain of the top level.
struct WideDestination {
    std::string parameter; // "relay_domains"
    std::string value;
    std::string domain; // "com"
};

// What smtpd takes an invented destination for: reject_unauth_destination lets a destination pass
// if it is one of ours.
struct Elsewhere {
    // No value if a list cannot be asked, or takes in some invented destinations only.
    std::optional<bool> is_ours = false;
    std::string parameter; // the list that takes it in, or that cannot be asked: "relay_domains"
    // If it is ours, whether an invented recipient is listed there; no value if that is not known.
    std::optional<bool> has_recipient = true;
    std::vector<WideDestination> wide; // if it is not ours
};

// What lets a client pass itself off as another one.
struct Disguise {
    // smtpd_upstream_proxy_protocol or postscreen_upstream_proxy_protocol; empty if there is no
    // proxy.
    std::string parameter;
    // Whether smtpd_authorized_xclient_hosts has the client's address; no value if that is not
    // known.
    std::optional<bool> by_xclient = false;
    Width xclient_width = Width::narrow;
};

// One smtpd with everything that bears on a client's certificate.
struct ServiceFacts {
    Service service;
    std::optional<Digest> digest; // no value if smtpd does not know its name
    // Why smtpd cannot load its own certificate; empty if it can, or if that cannot be seen.
    std::string certificate_problem;
    std::string authorities_problem; // the same of smtpd_tls_CAfile
    std::vector<std::string> unseen; // files and directories that this user may not read
    // Whether the client's certificate chains to a CA of the server; no value if that cannot be
    // seen. The same holds for the two below.
    std::optional<bool> trusted = false;
    std::optional<bool> in_mynetworks = false;
    std::optional<bool> in_inet_interfaces = false;
    Width mynetworks_width = Width::narrow;
    // The entry of mynetworks at which smtpd fails for the client, with 451; empty if it does not.
    std::string mynetworks_fault;
    std::vector<std::string> mynetworks_names; // its entries that are host names or domains
    Elsewhere elsewhere;
    Disguise disguise;
    // By word and argument: "check_sender_access hash:/x".
    std::map<std::string, ClaimTableFacts> access;
    bool authenticated = false; // the client has logged in
    std::vector<TableFacts> tables; // of relay_clientcerts, in the order in which smtpd asks them
    // The table that add makes where none is asked: no value if it is not there, or others are
    // asked.
    std::optional<TableFacts> customary_table;
    // With which versions of TLS the client can log in by its key; no value if the key is not
    // known.
    std::optional<KeyLogin> login;
    LoginTerms login_terms; // of the service
    // Whether the server names an issuer of the client's certificate to it: smtpd sends the names
    // of the CAs in smtpd_tls_CAfile. True also if it names none; no value if it cannot be seen.
    std::optional<bool> issuer_is_named = true;
    std::map<std::string, AccessTableFacts> ccert_access; // by the argument of check_ccert_access
    std::map<std::string, std::vector<std::string>> classes; // smtpd_restriction_classes
    // What main.cf and, behind them, the -o options of the service set, with the last one of each
    // name only. Empty unless it was asked for.
    std::vector<WrittenSetting> written = {};
    std::vector<std::string> unused = {}; // "name=value" of those that nothing reads
    std::optional<ReadingFacts> reading = {}; // no value unless it was asked for
    // What the running smtpd showed; no value if the service is judged by its configuration alone.
    std::optional<LiveFacts> live = {};

    // Returns the effective value; empty if Postfix has no parameter of this name.
    const std::string& parameter(const std::string& name) const;
    // As smtpd reads a boolean: in any case (convert_mail_conf_bool() in mail_conf_bool.c).
    bool is_on(const std::string& name) const;
    // Returns whether the Postfix of the service has the change.
    bool has_changed(Change change) const;
    // Returns whether smtpd looks up the fingerprint of the key first, as it does from 3.9 on.
    bool asks_key_first() const;
    // Returns whether XCLIENT LOGIN makes a client authenticated: where SASL is on, and since
    // 2024-09-30 also where it is off. Source: permit_sasl_authenticated in smtpd_check.c.
    bool authenticates_by_xclient() const;
};

// A qmqpd of master.cf, and how much of the Internet its qmqpd_authorized_clients takes in. It has
// no restrictions: who may connect, relays. Fact: qmqpd(8).
struct QmqpService {
    std::string name; // "628/inet"
    std::string clients; // the value of qmqpd_authorized_clients
    Width width = Width::narrow;
};

// Returns the names of the parameters of a service that a judgement needs.
const std::vector<std::string>& judged_parameters();

// Returns the names of the lists in which smtpd looks for a refusal, in its order.
std::vector<std::string> restriction_lists(const ServiceFacts& facts);

} // namespace relayctl
