#include "core/operations/prune.hpp"

#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/commands/show_change.hpp"
#include "core/base/text.hpp"

namespace relayctl {

namespace {

// What was typed behind "prune".
struct PruneOptions {
    bool expired = false;
    bool retired = false;
    std::optional<std::chrono::seconds> older_than;
    bool text = false;
    GivenConsent consent;
    ChangeOptions change;
};

// Returns whom to ask about the entry, as far as that is noted: "; owner Anna; note: leaves in
// May".
std::string owner_and_note(const Annotation& annotation)
{
    return (annotation.owner.empty() ? "" : "; owner " + escape(annotation.owner))
        + (annotation.note.empty() ? "" : "; note: " + escape(annotation.note));
}

// Says how what was removed from this table comes back. The fingerprint names the change: by the
// time that the mail is read there may be newer ones.
void write_way_back(Context& context, const TableName& table, const EntryView& removed)
{
    const std::string command
        = context.repair().relayctl("undo " + removed.fingerprint, table.to_string());
    if (!command.empty() && Fingerprint::from_key(removed.fingerprint)) {
        context.out() << "To take back what was removed from " << escape(table.to_string())
                      << ", which the next prune removes again while it is over: " << command
                      << '\n';
    }
}

// Writes a sentence for each removed entry, as cron is to mail it, and how to take that back:
// nothing if there was none.
void write_text(Context& context, const PruneRequest& request, const ChangeResult& result)
{
    const bool is_on_record = !request.change.dry_run && request.change.publish.keep_history;
    for (const TableOutcome& outcome : result.outcomes) {
        if (!outcome.error.empty()) {
            continue;
        }
        const auto& removed = outcome.report.removed;
        for (const EntryView& entry : removed) {
            const std::string reason = reason_to_prune(entry.annotation, request);
            context.out() << escape(entry.host)
                          << (request.change.dry_run ? ": would be removed" : ": removed")
                          << (reason.empty() ? "" : ", " + reason) << "; " << entry.annotation.kind
                          << (entry.annotation.kind.empty() ? "" : " ") << escape(entry.fingerprint)
                          << " in " << escape(outcome.table.to_string())
                          << owner_and_note(entry.annotation) << '\n';
        }
        if (is_on_record && !removed.empty()) {
            write_way_back(context, outcome.table, removed.front());
        }
    }
}

// Removes the entries whose time is over. No answer, or a "no", leaves all of them.
ExitStatus run_prune(const PruneOptions& options, Context& context)
{
    context.for_people(options.text); // refuses it beside --json and --plain
    require_any_changeable(context);
    const PruneRequest request{ options.expired, options.retired,
        options.older_than.value_or(std::chrono::seconds(0)), options.consent, context.now(),
        options.change };
    ChangeView view(context, options.change);
    const auto result = prune(
        table_access(context), request,
        [&](const TableName& table) { context.require_annotations(table); }, view);
    if (!result) {
        return view.declined();
    }
    if (options.text) {
        write_text(context, request, *result);
    }
    view.show(*result);
    return ExitStatus::ok;
}

} // namespace

void declare_prune(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_prune,
        R"(Without --expired and --retired both. Expiry and retirement are known of entries
that relayctl added, annotated or rotated. Keys do not expire.

Examples:
  relayctl prune --dry-run
  relayctl -q prune --yes --text               # in cron
  relayctl prune --expired --older-than 30d

Exit status:
  0 removed, or nothing was to be removed    1 it would empty the table, or the
  answer was no    2 usage, or nobody to ask    3 bad table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)");
    add_flag(command, "--expired", options.expired, "entries whose certificate has expired");
    add_flag(command, "--retired", options.retired, "entries whose grace after a rotate is over");
    add_duration(command, "--older-than", options.older_than, "only where that is so long ago");
    add_flag(command, "--text", options.text,
        "what was removed and why, whose it was, and the way back, for cron to mail it");
    add_consent_options(command, options.consent, "do not ask");
    add_change_options(command, options.change);
}

} // namespace relayctl
