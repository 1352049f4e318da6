// Choosing among the certificates that came and that no table lists.
#pragma once

#include "app/cli/context.hpp"
#include "core/operations/seen.hpp"

#include <string>
#include <vector>

namespace relayctl {

// Returns the fingerprint of the one that is named by its number or by the beginning of a
// fingerprint: that of its key with `key`, else that of its certificate, or that of the key of a
// client which has presented nothing else. A note says who that is. logs: of --log. Errors:
// ErrorKind::refused if there is none, if there are several, or if the log does not tell; those of
// sightings_of().
std::string pending_fingerprint(
    Context& context, const std::string& word, const std::vector<std::string>& logs, bool key);

// Shows one after the other at the terminal, and lists those for which somebody types a host.
// logs: of --log. Errors: ErrorKind::usage if nobody can be asked; ErrorKind::interrupted.
void ask_about(Context& context, const std::vector<const PendingClient*>& clients,
    const std::vector<std::string>& logs);

} // namespace relayctl
