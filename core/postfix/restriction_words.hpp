// The vocabulary of smtpd's restriction lists: which word does what to a client of whom only the
// certificate is known.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// The words of a restriction list (postconf -x), "check_x_access type:table" as two words, "{ a, b
// }" as one.
std::vector<std::string> split_restrictions(std::string_view text);

// Whether the list, or a class in it, names this restriction.
bool names_restriction(const std::vector<std::string>& words,
    const std::map<std::string, std::vector<std::string>>& classes, std::string_view name);

// The following take a word in lower case. Facts: postconf(5), generic_checks() in smtpd_check.c;
// the words are the same from 3.7 to the 3.12 snapshots.

bool is_word_of(std::string_view word, std::initializer_list<std::string_view> words) noexcept;

// Does nothing to a client with good manners and without a login.
bool passes_good_manners(std::string_view name) noexcept;

// The answer depends on the DNS, on another server or on addresses, and can only be one against the
// client.
bool may_only_reject(std::string_view name) noexcept;

// Likewise, and can only be one for the client.
bool may_only_permit(std::string_view name) noexcept;

// Likewise, and can be either.
bool may_do_both(std::string_view name) noexcept;

// A table that is asked for the client's name and address, or for the HELO, sender or recipient
// that it gives.
bool is_access_by_claim(std::string_view name) noexcept;

// is_map_command(): the second word must be one with a ':'.
bool takes_table(std::string_view name) noexcept;

} // namespace relayctl
