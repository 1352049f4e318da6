// Values by which somebody meant to refuse a client, as in access(5).
#pragma once

#include <string>
#include <string_view>

namespace relayctl {

// Returns true for "REJECT", "reject stolen laptop", "DISCARD", "DEFER", "554 no more" and the
// like. relay_clientcerts has no such actions: whoever is listed relays, whatever the value.
// Source: check_table_result() in smtpd_check.c has the words, permit_tls_clientcerts() reads no
// value.
bool means_refusal(std::string_view value);

// Says what an entry with such a value does.
std::string refusal_in_words(std::string_view value);

} // namespace relayctl
