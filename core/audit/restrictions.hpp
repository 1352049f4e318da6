// What a list of smtpd restrictions does with a client of whom only the certificate is known.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// What smtpd would make of the client's certificate where a restriction asks for it.
enum class Listed : std::uint8_t {
    yes,
    no,
    fails, // the lookup fails: 451
};

// The client that is judged: from an address outside, without SASL login, over TLS with its certificate, with good manners
// (HELO, sender and recipient well formed), for a recipient elsewhere.
struct RestrictedClient {
    Listed listed = Listed::no;       // permit_tls_clientcerts
    bool trusted = false;             // its certificate chains to a CA of the server: permit_tls_all_clientcerts
    bool trust_is_known = true;       // false: that cannot be seen from here
    bool in_mynetworks = false;       // mynetworks takes in every address
};

enum class Outcome : std::uint8_t {
    permit,    // no restriction behind it in this list is looked at
    reject,    // 554, or what the list says
    try_again, // 450, 451, 454
    next,      // the list has nothing against it
    depends,   // on something that cannot be seen from outside
};

struct ListVerdict {
    Outcome outcome = Outcome::next;
    std::string decided_by;           // the restriction; empty where none decided
    std::vector<std::string> unknown; // restrictions on the way whose answer cannot be seen; with outcome permit or next too
};

// The words of a restriction list (postconf -x), "check_x_access type:table" as two words, "{ a, b }" as one.
std::vector<std::string> split_restrictions(std::string_view text);

// Facts: postconf(5), generic_checks() in smtpd_check.c.
ListVerdict judge_restrictions(const std::vector<std::string>& words, const RestrictedClient& client);

} // namespace relayctl
