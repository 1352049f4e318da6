// The HOST of a new entry: whether what was typed can be one, and whether the certificate names it.
#pragma once

#include "core/operations/client.hpp"

#include <optional>
#include <string>

namespace relayctl {

// Why this cannot be the HOST of a new entry: it is no host (problem_with_host()), it is the word
// HOST itself, from a message that was pasted as it was, or it is the name of a file of
// certificates or keys, which comes to stand there where the shell expanded a pattern to several
// files. No value where it is a host.
std::optional<std::string> problem_with_new_host(const std::string& host);

// The hint for that problem: what was probably meant. list_option: the option by which any text is
// taken, "--label TEXT".
std::string hint_for_new_host(const std::string& host, const std::string& list_option);

// Returns true if the name ends as files of certificates and keys do.
bool is_certificate_file_name(const std::string& name);

// Says that the certificate of the client names other hosts than the entry does. No value where it
// names that host, where it names no host at all ("CN=Anna Smith"), and where the entry is for the
// key, which goes on with other certificates.
std::optional<std::string> warning_about_host(const NewClient& client);

// Returns what a certificate names where it does not name a single host: "names no host", "names
// a.example, b.example", "names only 'Anna Smith', which is no host name".
std::string names_in_words(const Certificate& certificate);

} // namespace relayctl
