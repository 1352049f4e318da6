#include "app/commands/client_options.hpp"

#include <CLI/CLI.hpp>

namespace relayctl {

void add_key_option(CLI::App& command, ClientOptions& options)
{
    command.add_flag("--key", options.key, "pin the key: also renewed certificates with it");
}

ClientOptions for_this_server(ClientOptions typed, Context& context)
{
    typed.key_encoding = [&context] { return context.key_encoding(); };
    return typed;
}

Author author(const Context& context)
{
    return { context.caller().name(), context.now() };
}

} // namespace relayctl
