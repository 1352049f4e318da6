#include "app/commands.hpp"
#include "app/commands/change.hpp"
#include "app/commands/duration_option.hpp"
#include "app/confirm.hpp"
#include "app/report.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <set>

namespace relayctl {

namespace {

using namespace std::chrono_literals;

struct PruneOptions {
    bool expired = false;
    bool retired = false;
    std::optional<std::chrono::seconds> older_than;
    bool yes = false;
    bool allow_empty = false;
    ChangeOptions change;
};

// Why it is to go; empty where it stays.
std::string reason(const Annotation& annotation, const PruneOptions& options, Time now)
{
    const Time then = now - options.older_than.value_or(0s);
    const bool both = !options.expired && !options.retired;
    if ((both || options.retired) && is_retired(annotation, then)) {
        return "retired on " + to_date(*annotation.retire_after);
    }
    if ((both || options.expired) && is_expired(annotation, then)) {
        return "expired on " + to_date(*annotation.expires);
    }
    return "";
}

struct Condemned {
    std::vector<const Entry*> entries;
    std::vector<std::string> reasons;
};

// Other lines with the same fingerprint go as well: else the client would still relay.
Condemned find_condemned(const Document& document, const PruneOptions& options, Time now)
{
    std::map<Fingerprint, std::string> fingerprints;
    for (const Entry& entry : document.entries()) {
        const std::string why = reason(document.annotation(entry), options, now);
        if (const auto fingerprint = why.empty() ? std::nullopt : document.meant_fingerprint(entry)) {
            fingerprints.emplace(*fingerprint, why);
        }
    }
    Condemned condemned;
    for (const Entry& entry : document.entries()) {
        if (fingerprints.empty()) {
            break;
        }
        const auto fingerprint = document.meant_fingerprint(entry);
        if (!fingerprint) {
            continue;
        }
        if (const auto found = fingerprints.find(*fingerprint); found != fingerprints.end()) {
            condemned.entries.push_back(&entry);
            condemned.reasons.push_back(found->second);
        }
    }
    return condemned;
}

// agreed: the fingerprints that were shown; what came to be over since then stays until the next time.
Plan plan_prune(const Document& document, const Condemned& condemned, const std::set<std::string>& agreed, const PruneOptions& options,
                ChangeReport& report)
{
    Plan plan;
    Editor editor(document);
    for (const Entry* entry : condemned.entries) {
        const EntryView view = view_of(document, *entry);
        if (!agreed.contains(view.fingerprint)) {
            continue;
        }
        editor.erase(*entry);
        ++plan.removed;
        if (const auto fingerprint = Fingerprint::from_key(view.fingerprint)) {
            plan.answers.emplace_back(*fingerprint, std::nullopt);
        }
        report.removed.push_back(view);
        report.revoked.push_back(view);
    }
    if (plan.removed > 0 && plan.removed == document.entries_in_table() && !options.allow_empty) {
        throw Error(ErrorKind::refused, "all " + count_of(plan.removed, "entry", "entries") + " would go: nobody could relay any more",
                    {"to accept that, give --allow-empty"});
    }
    report.nothing_to_do = "nothing is expired or retired";
    plan.edits = editor.take();
    return plan;
}

// What would go, for somebody who is to agree.
void show(Context& context, const Document& document, const Condemned& condemned)
{
    for (std::size_t i = 0; i < condemned.entries.size(); ++i) {
        report_done(context, "to be removed: " + described(view_of(document, *condemned.entries[i])) + ", " + condemned.reasons[i]);
    }
}

ExitStatus run_prune(const PruneOptions& options, Context& context)
{
    require_writable(context.table());
    context.require_annotations();
    Scope scope = Scope::all();
    scope.counts_all = true;
    scope.with_same_keys = true;
    scope.keeps = [&](std::string_view, std::string_view, const Annotation& annotation) { return !reason(annotation, options, context.now()).empty(); };
    std::set<std::string> agreed;
    {
        const Document document = context.store().look(scope);
        const Condemned condemned = find_condemned(document, options, context.now());
        for (const Entry* entry : condemned.entries) {
            agreed.emplace(document.key(*entry));
        }
        if (!agreed.empty() && !options.yes && !options.change.dry_run) {
            show(context, document, condemned);
            if (!confirmed(context, options.yes, "remove " + count_of(condemned.entries.size(), "entry", "entries"))) {
                report_done(context, "nothing was changed");
                return ExitStatus::no;
            }
        }
    }
    carry_out(context, options.change, scope, [&](const Document& document, ChangeReport& report) {
        return plan_prune(document, find_condemned(document, options, context.now()), agreed, options, report);
    });
    return ExitStatus::ok;
}

constexpr const char* prune_footer = R"(Without --expired and --retired both. Expiry and retirement are known of entries
that relayctl added, annotated or rotated. Keys do not expire.

Examples:
  relayctl prune --dry-run
  relayctl prune --yes --quiet                 # every day
  relayctl prune --expired --older-than 30d

Exit status:
  0 removed, or nothing was to be removed    1 it would empty the table, or the
  answer was no    2 usage, or nobody to ask    3 bad table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)";

} // namespace

void setup_prune(CLI::App& app, Context& context)
{
    auto options = std::make_shared<PruneOptions>();
    CLI::App* command = app.add_subcommand("prune", "Remove what is retired or expired");
    command->add_flag("--expired", options->expired, "entries whose certificate has expired");
    command->add_flag("--retired", options->retired, "entries whose grace after a rotate is over");
    add_duration_option(*command, "--older-than", options->older_than, "only where that is so long ago");
    command->add_flag("-y,--yes", options->yes, "do not ask");
    command->add_flag("--allow-empty", options->allow_empty, "go on where no entry would be left");
    add_change_options(*command, options->change);
    command->footer(prune_footer);
    set_changing_command(*command, context, [options, &context] { return run_prune(*options, context); });
}

} // namespace relayctl
