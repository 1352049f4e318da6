#include "core/operations/apply.hpp"

#include "app/cli/command_table.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/commands/services_after_change.hpp"
#include "app/commands/show_change.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace relayctl {

namespace {

// What was typed behind "apply" or "diff".
struct ApplyFlags {
    std::string directory;
    bool prune = false;
    bool yes = false;
    bool allow_empty = false;
    bool labels = false;
    bool keep_digests = false;
    ClientOptions client;
    ChangeFlags change;
};

// Declares the options of both commands.
void add_apply_options(CLI::App& command, ApplyFlags& flags)
{
    add_operand(command, "DIR", flags.directory, "certificates: HOST.pem, or HOST/ANY.pem",
        ValueKind::directory);
    command.add_flag("--prune", flags.prune, "remove entries that have no certificate in DIR");
    command.add_flag("--key", flags.client.key, "pin the keys instead of the certificates");
    command.add_flag("--labels", flags.labels, "file names may be any text, not only hosts");
    command.add_flag("--keep-other-digests", flags.keep_digests,
        "leave the entries of another digest, while Postfix is switched over");
}

// Makes the table what the directory says, and shows that. No value where somebody was asked and
// said no.
std::optional<ChangeResult> apply_and_show(const ApplyFlags& flags, Context& context)
{
    const TableName table = context.table();
    require_writable(table);
    ChangeView view(context, flags.change);
    // The digest is that of the service that asks this table; others may have another one.
    const Digest digest = context.digest_of_table();
    ClientOptions client = flags.client;
    client.key_encoding = [&context] { return context.key_encoding(); };
    const ApplyRequest request{ read_desired_clients(flags.directory, flags.labels, client, digest,
                                    { context.user(), context.now() }, view),
        digest, flags.prune, flags.keep_digests, flags.yes, flags.allow_empty,
        flags.change.options() };
    auto result = apply_directory(table_access(context), table, request, view);
    if (!result) {
        report_done(context, "nothing was changed");
        return result;
    }
    view.show(*result);
    std::vector<NewClient> clients;
    std::transform(request.desired.clients.begin(), request.desired.clients.end(),
        std::back_inserter(clients), [](const DesiredClient& desired) { return desired.client; });
    note_other_services(context, clients);
    return result;
}

// Any difference is status 1, as with diff(1).
ExitStatus run_diff(const ApplyFlags& flags, Context& context)
{
    const auto result = apply_and_show(flags, context);
    return result && result->has_changed() ? ExitStatus::no : ExitStatus::ok;
}

constexpr const char* diff_footer
    = R"(What apply would do, as apply --dry-run shows it; nothing is written.

Examples:
  relayctl diff /srv/relay-clients
  relayctl diff --prune --json /srv/relay-clients | jq -r '.removed[].host'

Exit status:
  0 no difference    1 differences    2 usage    3 bad certificate, file name or
  table    4 Postfix failed    5 permission denied    6 disk or system error)";

constexpr const char* apply_footer
    = R"(Certificates of DIR that are not listed are added, those listed for another host
renamed; entries of them with another digest are made anew. Entries without a
certificate in DIR stay, unless --prune is given. One publication, or none.

Examples:
  relayctl apply --dry-run /srv/relay-clients
  relayctl apply --prune --yes /srv/relay-clients
  relayctl apply -d sha256 --keep-other-digests /srv/relay-clients

Exit status:
  0 the table is as DIR says    1 it would be emptied, or the answer was no
  2 usage, or nobody to ask    3 bad certificate, file name or table
  4 Postfix failed    5 lock busy or permission denied    6 disk or system error)";

} // namespace

RunCommand declare_apply(CLI::App& command, Context& context)
{
    auto flags = std::make_shared<ApplyFlags>();
    add_apply_options(command, *flags);
    command.add_flag("-y,--yes", flags->yes, "do not ask before removing");
    command.add_flag("--allow-empty", flags->allow_empty, "go on where no entry would be left");
    add_value(command, "--note", "TEXT", flags->client.note, "a remark, kept with new entries");
    add_change_options(command, flags->change);
    command.footer(apply_footer);
    return [flags, &context] {
        return apply_and_show(*flags, context) ? ExitStatus::ok : ExitStatus::no;
    };
}

RunCommand declare_diff(CLI::App& command, Context& context)
{
    auto flags = std::make_shared<ApplyFlags>();
    flags->change.dry_run = true;
    // diff asks nobody, so an empty result is shown like any other.
    flags->allow_empty = true;
    add_apply_options(command, *flags);
    command.footer(diff_footer);
    return [flags, &context] { return run_diff(*flags, context); };
}

} // namespace relayctl
