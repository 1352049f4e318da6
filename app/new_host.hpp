// The host that a new entry is for: what may be typed for it, and whether the certificate is for
// it.
#pragma once

#include "app/new_client.hpp"

#include <optional>
#include <string>

namespace relayctl {

// Why this cannot be the HOST of a new entry: it is none (problem_with_host()), or it is the name
// of a file of certificates or keys, as it comes to stand there where a pattern of the shell has
// found several. No value where it is a host.
std::optional<std::string> problem_with_new_host(const std::string& host);

// The hint that belongs to it: what was probably meant. list_option: how any text is taken here,
// "--label TEXT".
std::string hint_for_new_host(const std::string& host, const std::string& list_option);

// Whether the name ends as files of certificates and keys do.
bool is_certificate_file_name(const std::string& name);

// The sentence that says that the certificate names other hosts than that of the entry. No value
// where it names it, where it names no host at all ("CN=Anna Smith"), and where the entry is for
// the key, whatever the certificate says.
std::optional<std::string> warning_about_host(const NewClient& client);

} // namespace relayctl
