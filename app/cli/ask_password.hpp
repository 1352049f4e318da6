// The password of a file with a private key.
#pragma once

#include "app/cli/context.hpp"
#include "core/x509/client_identity.hpp"

#include <string>

namespace relayctl {

// Returns what reads the password: from the first line of password_file or, if that is empty, from
// the terminal, where it does not appear. It throws ErrorKind::usage if nobody can be asked, and
// what read_file() throws. Both arguments must outlive it.
AskPassword password_from(Context& context, const std::string& password_file);

} // namespace relayctl
