// The lines of a session with an SMTP server (RFC 5321, 4.2), and how much of them is kept.
#pragma once

#include "core/x509/tls_session.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

constexpr std::size_t most_smtp_bytes = 256 << 10; // of one server: a request may name many CAs
constexpr std::size_t most_reply_bytes = 64 << 10;

// Returns true for "250 text", "250-text" and "250"; the code is between 200 and 599.
bool is_reply_line(std::string_view line);

// Returns true for the last line of a reply: the others have a '-' behind the code.
bool is_last_line(std::string_view line);

// Returns whether an answer to EHLO offers STARTTLS. lines: at least one, each a reply line.
bool offers_starttls(const std::vector<std::string>& lines);

// Returns the bytes that say the line to the server. tls: null as long as the session is in clear.
std::string bytes_of(const std::string& line, TlsSession* tls);

} // namespace relayctl
