// Passwords of files with private keys.
#pragma once

#include "app/cli/context.hpp"
#include "core/x509/client_identity.hpp"

#include <string>

namespace relayctl {

// Returns the first line of the file. Warns if everybody on this machine may read it. Throws what
// read_file() throws.
std::string password_in_file(Context& context, const std::string& path);

// Returns what reads the password: from the first line of password_file or, if that is empty, from
// the terminal, where it does not appear. It throws ErrorKind::usage if nobody can be asked, and
// what password_in_file() throws. Both arguments must outlive it.
AskPassword password_from(Context& context, const std::string& password_file);

} // namespace relayctl
