#include "core/operations/apply.hpp"

#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/commands/client_options.hpp"
#include "app/commands/services_after_change.hpp"
#include "app/commands/show_change.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// What was typed behind "apply" or "diff".
struct ApplyFlags {
    std::string directory;
    bool labels = false;
    ClientOptions client;
    ApplyOptions options;
};

// Declares the options that both commands have.
void add_directory_options(CLI::App& command, ApplyFlags& flags)
{
    add_operand(command, "DIR", flags.directory, "certificates: HOST.pem, or HOST/ANY.pem",
        ValueKind::directory);
    add_flag(
        command, "--prune", flags.options.prune, "remove entries that have no certificate in DIR");
    add_flag(command, "--key", flags.client.key, "pin the keys instead of the certificates");
    add_flag(command, "--labels", flags.labels, "file names may be any text, not only hosts");
    add_flag(command, "--keep-other-digests", flags.options.keep_digests,
        "leave the entries of another digest, while Postfix is switched over");
}

// Makes the table what the directory says, and shows that. No value where somebody was asked and
// said no.
std::optional<ChangeResult> apply_and_show(const ApplyFlags& flags, Context& context)
{
    const TableName table = context.table();
    require_writable(table);
    ChangeView view(context, flags.options.change);
    // The digest is that of the service that asks this table; others may have another one.
    const Digest digest = context.digest_of_table();
    const ApplyRequest request{ read_desired_clients(flags.directory, flags.labels,
                                    for_this_server(flags.client, context), digest, author(context),
                                    view),
        digest, flags.options };
    auto result = apply_directory(table_access(context), table, request, view);
    if (!result) {
        view.declined();
        return result;
    }
    view.show(*result);
    std::vector<NewClient> clients;
    std::transform(request.desired.clients.begin(), request.desired.clients.end(),
        std::back_inserter(clients), [](const DesiredClient& desired) { return desired.client; });
    note_other_services(context, clients);
    return result;
}

ExitStatus run_apply(const ApplyFlags& flags, Context& context)
{
    return apply_and_show(flags, context) ? ExitStatus::ok : ExitStatus::no;
}

// Any difference is status 1, as with diff(1).
ExitStatus run_diff(const ApplyFlags& flags, Context& context)
{
    const auto result = apply_and_show(flags, context);
    return result && result->has_changed() ? ExitStatus::no : ExitStatus::ok;
}

} // namespace

void declare_apply(Declaration& declaration)
{
    auto [command, flags] = declaration.of(run_apply,
        R"(Certificates of DIR that are not listed are added, those listed for another host
renamed; entries of them with another digest are made anew. Entries without a
certificate in DIR stay, unless --prune is given. One publication, or none.

Examples:
  relayctl apply --dry-run /srv/relay-clients
  relayctl apply --prune --yes /srv/relay-clients
  relayctl apply -d sha256 --keep-other-digests /srv/relay-clients

Exit status:
  0 the table is as DIR says    1 it would be emptied, or the answer was no
  2 usage, or nobody to ask    3 bad certificate, file name or table
  4 Postfix failed    5 lock busy or permission denied    6 disk or system error)");
    add_directory_options(command, flags);
    add_consent_options(command, flags.options.consent, "do not ask before removing");
    add_value(command, "--note", "TEXT", flags.client.note, "a remark, kept with new entries");
    add_change_options(command, flags.options.change);
}

void declare_diff(Declaration& declaration)
{
    auto [command, flags] = declaration.of(run_diff,
        R"(What apply would do, as apply --dry-run shows it; nothing is written.

Examples:
  relayctl diff /srv/relay-clients
  relayctl diff --prune --json /srv/relay-clients | jq -r '.removed[].host'

Exit status:
  0 no difference    1 differences    2 usage    3 bad certificate, file name or
  table    4 Postfix failed    5 permission denied    6 disk or system error)");
    flags.options.change.dry_run = true;
    add_directory_options(command, flags);
}

} // namespace relayctl
