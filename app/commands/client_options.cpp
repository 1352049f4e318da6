#include "app/commands/client_options.hpp"

#include "app/cli/options.hpp"
#include "core/base/error.hpp"
#include "core/base/local_day.hpp"

namespace relayctl {

void add_key_option(CLI::App& command, ClientOptions& options)
{
    add_flag(command, "--key", options.key, "pin the key: also renewed certificates with it");
}

void add_remarks(CLI::App& command, ClientOptions& options, Time now, const char* note)
{
    add_value(command, "--note", "TEXT", options.note, note);
    add_value(command, "--owner", "TEXT", options.owner, "who is responsible for the client");
    add_end(command, options.until, nullptr, now,
        "the last day on which it is to relay: 2027-05-31, 14d");
}

void require_future(const std::optional<Time>& until, Time now)
{
    if (until && *until < now) {
        throw Error(ErrorKind::usage, "--until " + end_in_words(*until) + ": is past",
            { "to revoke a client now: relayctl remove" });
    }
}

ClientOptions for_this_server(ClientOptions typed, Context& context)
{
    require_future(typed.until, context.now());
    typed.key_encoding = [&context] { return context.key_encoding(); };
    return typed;
}

Author author(const Context& context)
{
    return { context.caller().name(), context.now() };
}

} // namespace relayctl
