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

// Writes a sentence for each removed entry, as cron is to mail it: nothing if there was none.
void write_text(Context& context, const PruneRequest& request, const ChangeResult& result)
{
    for (const TableOutcome& outcome : result.outcomes) {
        if (!outcome.error.empty()) {
            continue;
        }
        for (const EntryView& entry : outcome.report.removed) {
            const std::string reason = reason_to_prune(entry.annotation, request);
            context.out() << escape(entry.host)
                          << (request.change.dry_run ? ": would be removed" : ": removed")
                          << (reason.empty() ? "" : ", " + reason) << "; " << entry.annotation.kind
                          << (entry.annotation.kind.empty() ? "" : " ") << escape(entry.fingerprint)
                          << " in " << escape(outcome.table.to_string()) << '\n';
        }
    }
}

// Removes the entries whose time is over. No answer, or a "no", leaves all of them.
ExitStatus run_prune(const PruneOptions& options, Context& context)
{
    require_any_changeable(context);
    if (options.text && (context.options.json || context.options.plain)) {
        throw Error(ErrorKind::usage, "--text, --json and --plain: give one of them");
    }
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
    add_flag(command, "--text", options.text, "what was removed and why, for cron to mail it");
    add_consent_options(command, options.consent, "do not ask");
    add_change_options(command, options.change);
}

} // namespace relayctl
