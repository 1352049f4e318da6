// The keys with which smtpd asks a table of check_client_access, check_helo_access,
// check_sender_access or check_recipient_access for a client.
#pragma once

#include "core/inspect/table_facts.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// One thing that a client may be or say, as the keys that smtpd looks up for it, in that order. The
// first key that the table has decides.
using Claim = std::vector<std::string>;

// What is looked up in one table to find out whom it lets in.
struct Claims {
    // Clients that no table knows. What a table says to all of them, it says to every client.
    std::vector<Claim> clients;
    bool exact = false; // `clients` has one claim only, that of the client that is judged
    std::vector<Claim> guesses; // what a stranger can say because everybody knows it
};

// What claims are made of.
struct ClaimSource {
    std::string label; // of domains that nobody has: see random_label()
    std::optional<std::string> name; // of the client; no value if it is not known
    std::string address; // of the client; empty for some address outside
    std::string null_sender; // smtpd_null_access_lookup_key
    std::vector<std::string> own_names; // domains of this server, which everybody knows
    bool without_dot = false; // parent_domain_matches_subdomains has smtpd_access_maps
};

// Returns the claims that a restriction looks up in its table. word: "check_sender_access", in
// lower case. table: TYPE:NAME. Facts: check_namadr_access(), check_domain_access(),
// check_addr_access() and check_mail_access() in smtpd_check.c.
Claims claims_of(const std::string& word, const std::string& table, const ClaimSource& source);

// Returns what the table says to every client, or to whom it says something else. values: what the
// table has for the keys of claims.clients and, behind them, of claims.guesses, in their order.
ClaimTableFacts facts_of_claims(
    const Claims& claims, const std::vector<std::optional<std::string>>& values);

} // namespace relayctl
