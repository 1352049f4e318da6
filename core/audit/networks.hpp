// Whether a list of networks (mynetworks) takes in a client.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

// address: an IPv4 or IPv6 literal; empty for some address outside of which no more is known: it is in no network but one
// that takes in every address.
// No value where that cannot be told from here: a table, a file or a host name in the list, or a network so wide (shorter
// than /8) that some addresses outside are in it. Facts: postconf(5) mynetworks, namadr_list(3): the first that matches
// decides, "!" in front makes it a no.
std::optional<bool> is_in_networks(std::string_view list, const std::string& address);

// Whether it is an address at all.
bool is_address(const std::string& text);

} // namespace relayctl
