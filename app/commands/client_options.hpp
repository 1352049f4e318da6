// What can be said of the clients that a command lists.
#pragma once

#include "app/cli/cli11.hpp"
#include "app/cli/context.hpp"
#include "core/operations/client.hpp"

namespace relayctl {

// Declares --key of a command that lists one client. The options must outlive the command.
void add_key_option(CLI::App& command, ClientOptions& options);

// Declares what is noted of a client besides: --note, --owner and --until. note: what the help says
// of the first.
void add_remarks(CLI::App& command, ClientOptions& options, Time now, const char* note);

// Throws ErrorKind::usage where the end is past: such a client would never relay.
void require_future(const std::optional<Time>& until, Time now);

// Returns what was typed, completed by the way in which this server encodes keys. Postfix is asked
// for it only when a key is met for which it matters. Errors: those of require_future().
ClientOptions for_this_server(ClientOptions typed, Context& context);

// Returns who runs the command, and when: what is noted with each new entry.
Author author(const Context& context);

} // namespace relayctl
