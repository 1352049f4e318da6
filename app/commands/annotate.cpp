#include "core/operations/annotate.hpp"

#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/commands/show_change.hpp"

namespace relayctl {

namespace {

// What was typed behind "annotate".
struct AnnotateOptions {
    std::vector<std::string> files;
    std::string note;
    bool if_exists = false;
    ChangeOptions change;
};

// Writes annotations into each table that lists a certificate.
ExitStatus run_annotate(const AnnotateOptions& options, Context& context)
{
    require_any_changeable(context);
    ChangeView view(context, options.change);
    view.show(annotate(table_access(context),
        { options.files, options.note, options.if_exists, options.change }, view));
    return ExitStatus::ok;
}

} // namespace

void declare_annotate(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_annotate,
        R"(Writes what the certificates say (kind, subject, expiry) into a comment above
their entries, for list, prune and verify. Postfix does not read it.

Examples:
  relayctl annotate clients/*.pem
  relayctl annotate --note 'leaves in May' zen.pem

Exit status:
  0 annotated now or before    1 a certificate is not listed    2 usage
  3 bad certificate or table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)");
    add_operand(
        command, "CERT", options.files, "certificates of clients that are listed", ValueKind::file);
    add_value(command, "--note", "TEXT", options.note, "a remark, kept with the entries");
    add_flag(command, "--if-exists", options.if_exists, "no error where one is not listed");
    add_change_options(command, options.change);
}

} // namespace relayctl
