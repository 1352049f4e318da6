// The templates of the settings of each mail program (core/operations/client_settings.hpp).
#pragma once

#include <string_view>
#include <vector>

namespace relayctl {

// A line that begins with conditions ("{pinned}") is there only where all of them hold, and a word
// in braces ("{server}") is a value; client_settings.cpp has the list of both.
struct MailProgram {
    std::string_view name; // as `issue --for` takes it
    std::string_view text;
    std::string_view text_for_tls_from_the_start = {}; // in the place of text, where not empty
};

const std::vector<MailProgram>& mail_program_texts();

// What stands in the place of a line "{fetch}": commands that write server.pem, the certificate of
// the server, only if its fingerprint is the pinned one.
std::string_view fetch_server_certificate();

} // namespace relayctl
