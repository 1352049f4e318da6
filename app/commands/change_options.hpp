// The options that all changing commands have in common.
#pragma once

#include "app/cli/cli11.hpp"
#include "core/operations/change.hpp"
#include "core/operations/consent.hpp"

namespace relayctl {

// Declares them behind those of the command: what is declared later is in the same group of its
// help.
void add_change_options(CLI::App& command, ChangeOptions& options);

// Declares --yes and --allow-empty. yes, allow_empty: what the help says of them.
void add_consent_options(CLI::App& command, GivenConsent& consent, const char* yes,
    const char* allow_empty = "go on where no entry would be left");

} // namespace relayctl
