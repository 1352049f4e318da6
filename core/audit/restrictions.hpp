// Judges what a list of smtpd restrictions does with a client, of which little more than the
// certificate is known.
#pragma once

#include "core/inspect/table_facts.hpp"
#include "core/postfix/restriction_words.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// The result of the lookup for permit_tls_clientcerts.
enum class Listed : std::uint8_t {
    yes,
    no,
    fails, // a table fails: smtpd answers 451
    unknown, // it cannot be seen from here
};

// The client as one list meets it. Its HELO, sender and recipient are well formed, and the
// recipient is an invented one elsewhere.
struct RestrictedClient {
    bool encrypted = true; // TLS is on
    bool presents = true; // smtpd has its certificate
    bool names_recipient = true; // false: the list is looked at before RCPT
    Listed listed = Listed::no;
    std::optional<bool> trusted
        = false; // its certificate chains to a CA of the server; no value: it cannot be seen
    std::optional<bool> in_mynetworks = false; // likewise
    bool mynetworks_fails = false; // smtpd cannot tell whether it is in mynetworks, and answers 451
    std::optional<bool> in_inet_interfaces = false; // likewise
    bool authenticated = false; // it has logged in
    // smtpd asks who owns a sender: SASL is on, and smtpd_sender_login_maps has a table.
    bool senders_have_owners = true;
    bool knows_no_old_words = false; // Change::old_words_removed
    std::optional<bool> is_our_destination
        = false; // reject_unauth_destination lets the recipient pass; no value: as above
    std::optional<bool> has_recipient
        = true; // where the destination is ours, the recipient is listed there; likewise
    std::string short_for = "check_recipient_access"; // what a table without a word in front of it
                                                      // is asked as in this list
    std::map<std::string, AccessResult> ccert_access; // by the argument of check_ccert_access
    std::map<std::string, AccessResult>
        access; // of the others, by word and argument: "check_sender_access hash:/x"
    std::map<std::string, std::vector<std::string>> classes; // smtpd_restriction_classes
};

// What one restriction, or a whole list, does with the client.
enum class Outcome : std::uint8_t {
    next, // the list has nothing against the client
    permit, // no restriction behind it in this list is looked at
    reject, // 5xx
    try_again, // 4xx
    discard, // 250, and the message is thrown away
};

// A restriction in front of the one that decides, whose answer cannot be seen from outside.
struct UnknownRestriction {
    std::string word;
    bool may_permit = false;
    bool may_reject = false;
};

// How far a client gets in one list, and what decides that.
struct ListVerdict {
    Outcome outcome = Outcome::next; // if the unknown ones have nothing to say
    std::string decided_by; // the restriction as the list has it; empty where none decided
    std::string because; // what in it decided: the word of a class, the value in a table
    std::string innermost; // the word that decided, where decided_by is the class that has it
    std::vector<UnknownRestriction> unknown; // those before the decision
    bool asked_listed = false; // permit_tls_clientcerts was looked at
    bool misconfigured = false; // decided by what smtpd does not understand (451)
    bool defers_if_permitted
        = false; // defer_if_permit may be met: whoever is permitted in the end is told to try again
    bool surely_defers = false; // it is met: nothing before it may permit

    bool stops() const noexcept { return outcome >= Outcome::reject; }
    // Returns whether the list refuses the client whatever the unknown restrictions say.
    bool surely_stops() const noexcept;
    // Returns whether the list lets the client pass whatever the unknown restrictions say.
    bool surely_passes() const noexcept;
};

// Goes through the restrictions as smtpd does, up to the one that decides. Facts: postconf(5),
// access(5), generic_checks() and check_table_result() in smtpd_check.c.
ListVerdict judge_restrictions(
    const std::vector<std::string>& words, const RestrictedClient& client);

} // namespace relayctl
