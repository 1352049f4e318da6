// The keys with which smtpd asks a table of check_client_access, check_helo_access,
// check_sender_access or check_recipient_access for a client.
#pragma once

#include "core/inspect/table_facts.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What a client may be or say, as the keys that are looked up for it; the first that is found
// decides.
using Claim = std::vector<std::string>;

struct Claims {
    // Clients of whom no table has heard. A table that says the same to all of them, says it to
    // every client.
    std::vector<Claim> clients;
    bool exact = false; // there is one, and it is the client that is judged
    std::vector<Claim> guesses; // what a stranger can say because everybody knows it
};

struct ClaimSource {
    std::string label; // of a domain that nobody has
    std::optional<std::string> name; // the client's; no value: it is not known
    std::string address; // of the client; empty = some address outside
    std::string null_sender; // smtpd_null_access_lookup_key
    std::vector<std::string> own_names; // of this server: domains that everybody knows
    bool without_dot = false; // parent_domain_matches_subdomains has smtpd_access_maps
};

// word: "check_sender_access", in small letters. table: TYPE:NAME.
// Facts: check_namadr_access(), check_domain_access(), check_addr_access() and check_mail_access()
// in smtpd_check.c.
Claims claims_of(const std::string& word, const std::string& table, const ClaimSource& source);

// values: what the table has for the keys of claims.clients and, behind them, of claims.guesses, in
// their order.
ClaimTableFacts facts_of_claims(
    const Claims& claims, const std::vector<std::optional<std::string>>& values);

} // namespace relayctl
