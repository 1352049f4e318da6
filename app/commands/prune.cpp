#include "app/cli/command_table.hpp"
#include "app/cli/confirm.hpp"
#include "app/cli/report.hpp"
#include "app/commands/change.hpp"
#include "app/commands/duration_option.hpp"
#include "app/every_table.hpp"
#include "core/base/text.hpp"
#include "core/store/text_table/consent.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
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

constexpr const char* nothing_to_prune = "nothing is expired or retired";

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
        if (const auto fingerprint
            = why.empty() ? std::nullopt : document.meant_fingerprint(entry)) {
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

// The entries of one table that are to go. What came to be over since somebody was asked stays
// until the next time.
Plan plan_prune(const Document& document, const Condemned& condemned, const Consent& consent,
    const TableName& table, ChangeReport& report)
{
    Plan plan;
    Editor editor(document);
    MassRemoval mass{ table.to_string(), {}, 0, 0 };
    for (const Entry* entry : condemned.entries) {
        const EntryView view = view_of(document, *entry);
        if (!consent.has_seen(mass.table, view.fingerprint)) {
            continue;
        }
        editor.erase(*entry);
        ++plan.removed;
        mass.unnamed.push_back(view.fingerprint);
        if (const auto fingerprint = Fingerprint::from_key(view.fingerprint)) {
            plan.answers.emplace_back(*fingerprint, std::nullopt);
        }
        report.removed.push_back(view);
        report.revoked.push_back(view);
    }
    mass.removed = plan.removed;
    mass.left = document.entries_in_table() - plan.removed;
    consent.require(mass);
    report.nothing_to_do = nothing_to_prune;
    plan.edits = editor.take();
    return plan;
}

// What would go from one table, for somebody who is to agree. Where there are several tables it is
// said from which.
void show(
    Context& context, const TableName& table, const Document& document, const Condemned& condemned)
{
    const std::string where
        = context.tables().size() == 1 ? "" : " from " + escape(table.to_string());
    for (std::size_t i = 0; i < condemned.entries.size(); ++i) {
        report_done(context,
            "to be removed" + where + ": " + described(view_of(document, *condemned.entries[i]))
                + ", " + condemned.reasons[i]);
    }
}

std::size_t count_unknown_expiry(const Document& document)
{
    const auto& entries = document.entries();
    return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(),
        [&](const Entry& entry) { return document.has_unknown_expiry(entry); }));
}

// What goes from all of the tables together is asked for once. False: the answer was no.
bool is_agreed(const PruneOptions& options, Context& context, EveryTable& tables, Consent& consent)
{
    std::size_t to_ask = 0;
    for (const EveryTable::Member& member : tables.members()) {
        if (!member.document) {
            continue;
        }
        const Condemned condemned = find_condemned(*member.document, options, context.now());
        MassRemoval mass{ member.outcome.table.to_string(), {}, 0, 0 };
        for (const Entry* entry : condemned.entries) {
            mass.unnamed.emplace_back(member.document->key(*entry));
        }
        to_ask += consent.note(mass);
        if (!consent.is_general()) {
            show(context, member.outcome.table, *member.document, condemned);
        }
    }
    return to_ask == 0
        || confirmed(context, false, "remove " + count_of(to_ask, "entry", "entries"));
}

ExitStatus run_prune(const PruneOptions& options, Context& context)
{
    require_any_changeable(context);
    Scope scope = Scope::all();
    scope.counts_all = true;
    scope.with_same_keys = true;
    std::size_t unknown_expiry = 0; // of databases: the rest of their rows is in no document
    scope.keeps = [&](std::string_view, std::string_view, const Annotation& annotation) {
        unknown_expiry += has_unknown_expiry(annotation) ? 1 : 0;
        return !reason(annotation, options, context.now()).empty();
    };
    EveryTable tables(context, options.change, scope);
    tables.look([&](const TableName& table) { context.require_annotations(table); });
    for (const EveryTable::Member& member : tables.members()) {
        if (member.document && !member.outcome.table.is_database()) {
            unknown_expiry += count_unknown_expiry(*member.document);
        }
    }
    if (options.expired || !options.retired) {
        note_unknown_expiry(context, unknown_expiry);
    }
    Consent consent(
        options.yes || options.change.dry_run, options.allow_empty || options.change.dry_run, 1);
    if (!is_agreed(options, context, tables, consent)) {
        report_done(context, "nothing was changed");
        return ExitStatus::no;
    }
    const auto plan_of = [&](const TableName& table) {
        return [&, table](const Document& document, ChangeReport& report) {
            return plan_prune(
                document, find_condemned(document, options, context.now()), consent, table, report);
        };
    };
    if (!consent.concerns_any() && !tables.any_failed()) { // said once, not of each
        report_done(context, nothing_to_prune);
    }
    for (const EveryTable::Member& member : tables.members()) {
        if (member.document) { // what is refused is refused before anything is changed
            ChangeReport unused;
            plan_of(member.outcome.table)(*member.document, unused);
        }
    }
    for (EveryTable::Member& member : tables.members()) {
        if (member.document
            && !find_condemned(*member.document, options, context.now()).entries.empty()) {
            const TableName table = member.outcome.table;
            tables.change(member, plan_of(table));
        }
    }
    tables.finish("not pruned in every table", { "mend it and run this again" });
    return ExitStatus::ok;
}

constexpr const char* prune_footer
    = R"(Without --expired and --retired both. Expiry and retirement are known of entries
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

RunCommand declare_prune(CLI::App& command, Context& context)
{
    auto options = std::make_shared<PruneOptions>();
    command.add_flag("--expired", options->expired, "entries whose certificate has expired");
    command.add_flag("--retired", options->retired, "entries whose grace after a rotate is over");
    add_duration_option(
        command, "--older-than", options->older_than, "only where that is so long ago");
    command.add_flag("-y,--yes", options->yes, "do not ask");
    command.add_flag("--allow-empty", options->allow_empty, "go on where no entry would be left");
    add_change_options(command, options->change);
    command.footer(prune_footer);
    return [options, &context] { return run_prune(*options, context); };
}

} // namespace relayctl
