#include "core/operations/annotate.hpp"

#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/commands/client_options.hpp"
#include "app/commands/show_change.hpp"

namespace relayctl {

namespace {

// What was typed behind "annotate".
struct AnnotateOptions {
    std::vector<std::string> who;
    Remarks remarks;
    bool if_exists = false;
    ChangeOptions change;
};

// Writes annotations into each table that lists a client.
ExitStatus run_annotate(const AnnotateOptions& options, Context& context)
{
    require_future(options.remarks.until, context.now());
    require_any_changeable(context);
    ChangeView view(context, options.change);
    ChangeOptions change = options.change;
    change.begins_table = options.if_exists; // a table that is not there lists nobody
    view.show(annotate(
        table_access(context), { options.who, options.remarks, options.if_exists, change }, view));
    return ExitStatus::ok;
}

} // namespace

void declare_annotate(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_annotate,
        R"(Writes what certificates say (kind, subject, expiry), and what you know of the
clients, into a comment above their entries, for list, prune and verify. Postfix
does not read it. WHO is a certificate file, a listed host, a fingerprint or its
beginning, or a pattern of hosts. After its last day a client relays until prune
removes it.

Examples:
  relayctl annotate clients/*.pem
  relayctl annotate zen.suse.co.uk --until 2027-05-31 --owner 'Anna Smith'
  relayctl annotate zen.suse.co.uk --until never

Exit status:
  0 annotated now or before    1 a client is not listed    2 usage
  3 bad certificate or table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)");
    add_operand(command, "WHO", options.who, "certificates, hosts or fingerprints that are listed",
        ValueKind::anybody);
    add_value(command, "--note", "TEXT", options.remarks.note, "a remark, kept with the entries");
    add_value(command, "--owner", "TEXT", options.remarks.owner, "who is responsible for them");
    add_end(command, options.remarks.until, &options.remarks.has_no_end, declaration.now(),
        "the last day on which they are to relay: 2027-05-31, 14d, or never");
    add_flag(command, "--if-exists", options.if_exists, "no error where one is not listed");
    add_change_options(command, options.change);
}

} // namespace relayctl
