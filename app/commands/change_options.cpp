#include "app/commands/change_options.hpp"

#include "app/cli/help.hpp"

#include <CLI/CLI.hpp>

#include <charconv>

namespace relayctl {

ChangeOptions ChangeFlags::options() const
{
    ChangeOptions options;
    options.dry_run = dry_run;
    options.reload = reload;
    options.publish.rebuild = !no_rebuild;
    options.publish.insecure_directory = insecure_directory;
    options.publish.in_place = in_place;
    options.publish.lock_timeout
        = std::chrono::milliseconds(static_cast<long long>(lock_timeout * 1000));
    // 0 is the value without the option: no standby is waited for.
    if (wait_replicas > 0) {
        options.publish.replica_timeout = std::chrono::seconds(wait_replicas);
    }
    return options;
}

void add_change_options(CLI::App& command, ChangeFlags& flags)
{
    command.option_defaults()->group(help_group::change);
    command.add_flag("-n,--dry-run", flags.dry_run, "print the change as a diff, write nothing");
    command.add_flag("--no-rebuild", flags.no_rebuild, "leave the map as it is");
    command.add_flag("--reload", flags.reload, "run postfix reload where the change needs it");
    command.add_option("--lock-timeout", flags.lock_timeout, "wait so long for the lock (10)")
        ->type_name("SECONDS")
        ->check([](const std::string& text) {
            double seconds = -1;
            const auto [end, error]
                = std::from_chars(text.data(), text.data() + text.size(), seconds);
            const bool is_good = error == std::errc() && end == text.data() + text.size()
                && seconds >= 0 && seconds <= 86400; // no NaN is
            return is_good ? std::string() : "expected a number of seconds, 0 to 86400";
        });
    command
        .add_flag("--wait-replicas{30}", flags.wait_replicas,
            "of a database: wait for its standbys (30 s)")
        ->type_name("");
    command.add_flag("--insecure-directory", flags.insecure_directory,
        "go on where others can write the directory");
    command.add_flag("--in-place", flags.in_place, "write a file that is a mount point in place");
}

} // namespace relayctl
