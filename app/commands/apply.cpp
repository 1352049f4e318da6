#include "app/commands/apply.hpp"

#include "app/cli/command_table.hpp"
#include "app/cli/report.hpp"
#include "app/cli/value_kind.hpp"
#include "app/commands/other_services.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace relayctl {

void add_apply_options(CLI::App& command, ApplyFlags& flags)
{
    command.add_option("DIR", flags.directory, "certificates: HOST.pem, or HOST/ANY.pem")
        ->type_name("")
        ->required()
        ->check(completed_as(ValueKind::directory));
    command.add_flag("--prune", flags.prune, "remove entries that have no certificate in DIR");
    command.add_flag("--key", flags.client.key, "pin the keys instead of the certificates");
    command.add_flag("--labels", flags.labels, "file names may be any text, not only hosts");
    command.add_flag("--keep-other-digests", flags.keep_digests,
        "leave the entries of another digest, while Postfix is switched over");
}

std::optional<ChangeResult> apply_and_show(const ApplyFlags& flags, Context& context)
{
    const TableName table = context.table();
    require_writable(table);
    ChangeView view(context, flags.change);
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

namespace {

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
    command.add_option("--note", flags->client.note, "a remark, kept with new entries")
        ->type_name("TEXT");
    add_change_options(command, flags->change);
    command.footer(apply_footer);
    return [flags, &context] {
        return apply_and_show(*flags, context) ? ExitStatus::ok : ExitStatus::no;
    };
}

} // namespace relayctl
