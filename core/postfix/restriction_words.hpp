// The words of smtpd's restriction lists: what each can do to a client of which only the
// certificate is known. The functions below take a word in lower case. Source: postconf(5),
// generic_checks() in smtpd/smtpd_check.c. The words are the same from 3.7 to the 3.12 snapshots.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Returns true for a word that Postfix 3.9 has removed: where smtpd meets it, it answers 451 at
// once. names_recipient: the client has named one; smtpd passes over check_relay_domains before.
bool is_old_word(std::string_view name, bool names_recipient) noexcept;

// Splits a restriction list, as postconf -x prints it, into restrictions. One with an argument is
// one element with a blank in it, "check_x_access type:table"; so is "{ a, b }".
std::vector<std::string> split_restrictions(std::string_view text);

// Returns true if the list names this restriction, or a class does that the list names.
bool names_restriction(const std::vector<std::string>& words,
    const std::map<std::string, std::vector<std::string>>& classes, std::string_view name);

bool is_word_of(std::string_view word, std::initializer_list<std::string_view> words) noexcept;

// Returns true if the restriction does nothing to a client that speaks SMTP correctly and has not
// logged in.
bool passes_good_manners(std::string_view name) noexcept;

// Returns true for a word that decides by the destination or the recipient.
bool looks_at_recipient(std::string_view name) noexcept;

// Returns true for a word that looks the sender up in smtpd_sender_login_maps, where SASL is on,
// and refuses a client that has not logged in for a sender that is there. Fact:
// reject_unauth_sender_login_mismatch() in smtpd_check.c.
bool asks_owner_of_sender(std::string_view name) noexcept;

// Returns true if the restriction depends on the DNS, on another server or on addresses, and can
// only reject the client.
bool may_only_reject(std::string_view name) noexcept;

// Returns true if it depends on the same, and can only permit the client.
bool may_only_permit(std::string_view name) noexcept;

// Returns true if it depends on the same, and can do both.
bool may_do_both(std::string_view name) noexcept;

// Returns true if the restriction asks a table for the client's name and address, or for the HELO,
// sender or recipient that the client gives.
bool is_access_by_claim(std::string_view name) noexcept;

// Returns true if the next word must be a table, with a ':' in it (is_map_command()).
bool takes_table(std::string_view name) noexcept;

} // namespace relayctl
