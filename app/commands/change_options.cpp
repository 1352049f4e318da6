#include "app/commands/change_options.hpp"

#include "app/cli/help.hpp"
#include "app/cli/options.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>

#include <charconv>

namespace relayctl {

namespace {

// Declares the limit, which is a number of changes, or one of bytes with a unit behind it.
void add_history_limit(CLI::App& command, HistoryLimit& limit)
{
    const auto read = [&limit](const std::string& text) {
        std::uint64_t number = 0;
        const char* const end = text.data() + text.size();
        const auto [behind, error] = std::from_chars(text.data(), end, number);
        const std::string unit(behind, end);
        if (error != std::errc() || number == 0 || number > 1'000'000'000
            || (!unit.empty() && unit != "k" && unit != "M")) {
            return std::string("expected a number of changes, or one of bytes: 10000, 64M");
        }
        if (unit.empty()) {
            limit.records = number;
        } else {
            limit.bytes = number << (unit == "k" ? 10U : 20U);
        }
        return std::string();
    };
    add_parsed(command, "--history-limit", "NUMBER",
        "keep so many changes, or k or M bytes (10000, 64M)", read);
}

} // namespace

void add_change_options(CLI::App& command, ChangeOptions& options)
{
    command.option_defaults()->group(help_group::change);
    add_flag(command, "-n,--dry-run", options.dry_run, "print the change as a diff, write nothing");
    add_flag(command, "--no-rebuild{false}", options.publish.rebuild, "leave the map as it is");
    add_flag(command, "--reload", options.reload, "run postfix reload where the change needs it");
    add_flag(command, "--no-history{false}", options.publish.keep_history,
        "make the change without a record of it");
    add_history_limit(command, options.publish.history_limit);
    const auto read_lock_timeout = [&options](const std::string& text) {
        double seconds = -1;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        if (error != std::errc() || end != text.data() + text.size()
            || !(seconds >= 0 && seconds <= 86400)) { // no NaN is
            return std::string("expected a number of seconds, 0 to 86400");
        }
        options.publish.lock_timeout
            = std::chrono::milliseconds(static_cast<long long>(seconds * 1000));
        return std::string();
    };
    add_parsed(
        command, "--lock-timeout", "SECONDS", "wait so long for the lock (10)", read_lock_timeout);
    const auto set_replica_timeout = [&options](std::int64_t seconds) {
        if (seconds > 0) {
            options.publish.replica_timeout = std::chrono::seconds(seconds);
        }
    };
    command
        .add_flag_function("--wait-replicas{30}", set_replica_timeout,
            "of a database: wait for its standbys (30 s)")
        ->check([](const std::string& text) {
            try {
                CLI::detail::to_flag_value(text); // else CLI11 says it in words of its own
                return std::string();
            } catch (const std::invalid_argument&) {
                return quote(text) + " is no value for it";
            }
        })
        ->type_name("");
    add_flag(command, "--insecure-directory", options.publish.insecure_directory,
        "go on where others can write the directory");
    add_flag(command, "--in-place", options.publish.in_place,
        "write a file that is a mount point in place");
}

void add_consent_options(
    CLI::App& command, GivenConsent& consent, const char* yes, const char* allow_empty)
{
    add_flag(command, "-y,--yes", consent.to_all, yes);
    add_flag(command, "--allow-empty", consent.to_empty, allow_empty);
}

} // namespace relayctl
