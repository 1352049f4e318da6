// An operation calls the view at each step, and it tells people at once, on standard error, what
// was done: a later step may fail or take long. What programs read comes in one piece at the end,
// when all tables and services are known.
#include "app/commands/show_change.hpp"

#include "app/cli/progress.hpp"
#include "app/cli/report.hpp"
#include "app/cli/short_fingerprint.hpp"
#include "app/commands/services_after_change.hpp"
#include "app/render/json.hpp"
#include "core/base/text.hpp"
#include "core/operations/reload.hpp"
#include "core/operations/still_refusing.hpp"
#include "core/operations/still_relaying.hpp"
#include "core/table/rows.hpp"
#include "core/table/unified_diff.hpp"

#include <algorithm>
#include <ostream>

namespace relayctl {

namespace {

// Writes one tab separated line for each changed entry, the removed ones first.
void write_plain(std::ostream& out, const ChangeReport& report)
{
    const auto line = [&](const char* what, const EntryView& entry) {
        out << what << '\t' << escape(entry.fingerprint) << '\t' << escape(entry.host) << '\n';
    };
    for (const EntryView& entry : report.removed) {
        line("removed", entry);
    }
    for (const EntryView& entry : report.added) {
        line("added", entry);
    }
    for (const UpdatedEntry& updated : report.updated) {
        line("updated", updated.entry);
    }
}

// Returns the entry as it is told: on a terminal the host comes first, and of the fingerprint a
// beginning that other commands understand, so that a line fits; else the fingerprint and the host.
std::string told(const Context& context, const EntryView& entry)
{
    return context.tells_people() && Fingerprint::from_key(entry.fingerprint)
        ? escape(entry.host) + "  " + shown_fingerprint(context, entry.fingerprint)
        : described(entry);
}

// Returns true if sessions that are open at this moment go on with the old map. As observed on a
// real smtpd: an lmdb map is live, the others are opened anew only before the next session.
bool outlives_change(const TableName& opened)
{
    return !opened.traits().is_live && !opened.is_database();
}

} // namespace

TableAccess table_access(Context& context)
{
    return { context.postfix(), context.tables(), [&context] { return context.table(); },
        [&context](const TableName& table) -> Store& { return context.store(table); },
        !context.options.table.empty() };
}

void require_any_changeable(Context& context)
{
    const auto& tables = context.tables();
    if (tables.size() == 1
        || std::none_of(tables.begin(), tables.end(),
            [](const AskedTable& asked) { return is_changeable(asked.table); })) {
        require_writable(context.table());
    }
}

void ChangeView::during(
    const std::string& what, std::size_t steps, const std::function<void(const Advance&)>& work)
{
    Progress progress(context_, what, steps);
    work([&progress] { progress.advance(); });
}

// Tells each changed entry in a sentence for people.
void ChangeView::tell_entries(const ChangeReport& report)
{
    const std::string would = options_.dry_run ? "would have " : "";
    for (const EntryView& entry : report.removed) {
        report_done(context_, would + "removed " + told(context_, entry));
    }
    for (const EntryView& entry : report.added) {
        report_done(context_, would + "added " + told(context_, entry));
    }
    for (const UpdatedEntry& updated : report.updated) {
        report_done(context_, told(context_, updated.entry) + ": " + updated.what);
    }
    for (const std::string& warning : report.warnings) {
        report_warning(context_, warning);
    }
}

// Tells why nothing has changed, if nothing has.
void ChangeView::tell_nothing_to_do(const TableOutcome& outcome)
{
    const ChangeReport& report = outcome.report;
    if (!outcome.publication.changed && !report.nothing_to_do.empty()) {
        report_done(context_,
            (report.unchanged ? told(context_, *report.unchanged) + ' ' : "")
                + report.nothing_to_do);
    }
}

void ChangeView::would_change(
    const TableOutcome& outcome, const Document& document, const std::vector<Edit>& edits)
{
    const TableName& table = outcome.table;
    if (!context_.options.json && !context_.options.plain) {
        // The header of the diff names the file, or the table of a database.
        const std::string name = table.is_database() ? table.to_string() : table.path;
        // Rows have no text, so each is shown as the line that a file would have.
        const std::string diff = document.is_of_rows()
            ? diff_of_rows(document, edits, name)
            : unified_diff(document.text(), splices_of(document, edits), name, name);
        context_.out() << (context_.for_people() ? escape_lines(diff) : diff);
    }
    tell_entries(outcome.report);
    tell_nothing_to_do(outcome);
}

void ChangeView::changed(const TableOutcome& outcome)
{
    const TableName& table = outcome.table;
    context_.state = outcome.publication.changed
        ? escape(table.is_database() ? table.to_string() : table.path) + " is changed"
        : "";
    context_.system_log().changed(outcome);
    tell_entries(outcome.report);
    tell_nothing_to_do(outcome);
}

// Tells what became of the map, and what Postfix does not see yet.
void ChangeView::published(const TableName& table, const Publication& publication, bool has_removed)
{
    const std::string name = escape(table.to_string());
    for (const std::string& message : publication.messages) {
        report_warning(context_, escape(message));
    }
    for (const std::string& note : publication.notes) {
        report_note(context_, note);
    }
    if (publication.created) {
        // It is worth a note, since a mistyped path makes a new table, too.
        report_note(context_, escape(table.path) + " did not exist and was created");
    }
    const bool is_rebuilt = publication.map == MapState::rebuilt;
    const bool is_updated = publication.map == MapState::updated;
    if (is_rebuilt || is_updated) {
        if (!publication.changed) { // what somebody had written into the source counts from now on
            context_.system_log().changed(table, "rebuilt");
        }
        report_done(context_, name + (is_rebuilt ? ": map rebuilt" : ": map updated"));
        // smtpd tests the map for a change only before it accepts the next client (smtpd.c,
        // pre_accept()).
        if (has_removed && outlives_change(context_.postfix().opened(table))) {
            report_note(context_, "sessions already open may relay until they end");
        }
    } else if (publication.map == MapState::skipped) {
        report_note(
            context_, name + ": the map is not rebuilt, so Postfix does not see the change yet");
        report_command(context_, context_.repair().relayctl("rebuild", table.to_string()));
    }
    // postmap repeats the warnings of all other lines at each change; they are counted, and verify
    // explains them.
    if (publication.old_warnings > 0) {
        report_note(context_,
            "postmap has " + count_of(publication.old_warnings, "warning", "warnings")
                + " about other lines of this table: "
                + context_.repair().relayctl("verify", context_.options.table) + " explains them");
    }
}

void ChangeView::reloaded()
{
    report_done(context_, "postfix reloaded");
}

void ChangeView::needs_reload(const TableName& table, ReloadReason reason)
{
    switch (reason) {
    // proxymap keeps its tables open for all its clients.
    case ReloadReason::proxymap:
        report_note(context_,
            "some service asks " + escape(table.to_string())
                + " through proxymap, which may go on with the old map for minutes");
        break;
    case ReloadReason::read_at_start:
        report_note(context_,
            "not effective before postfix reload: smtpd reads a texthash table only when it "
            "starts");
        break;
    case ReloadReason::first_map:
        // No smtpd has met a table that the configuration does not name yet.
        if (context_.options.table.empty() && !context_.table_is_configured()) {
            return;
        }
        report_note(context_,
            "the map is new: smtpd processes that have met the table without one need a reload");
        break;
    }
    report_hint(context_, context_.repair().reload());
}

void ChangeView::failed(const TableOutcome& outcome, bool is_unchanged)
{
    context_.system_log().failed(outcome.table, outcome.error);
    report_warning(context_,
        escape(outcome.table.to_string()) + (is_unchanged ? ": could not be changed: " : ": ")
            + outcome.error);
}

void ChangeView::has_unknown_expiry(std::size_t entries)
{
    note_unknown_expiry(context_, entries);
}

ExitStatus ChangeView::declined()
{
    context_.system_log().declined();
    report_done(context_, "nothing was changed");
    return ExitStatus::no;
}

void ChangeView::done(const std::string& sentence)
{
    report_done(context_, sentence);
}

void ChangeView::warning(const std::string& sentence)
{
    report_warning(context_, sentence);
}

bool ChangeView::agrees(const std::vector<Loss>& losses, const std::string& question)
{
    for (const Loss& loss : losses) {
        report_done(
            context_, loss.before + (loss.entry ? told(context_, *loss.entry) : "") + loss.behind);
    }
    return confirmed(context_, question);
}

// Returns what the services say of the removed clients; no value if nobody was removed or nothing
// is effective yet.
std::optional<RevocationVerdict> ChangeView::ask_services(
    const std::vector<TableOutcome>& outcomes, const std::vector<const CertificateFile*>* files)
{
    if (options_.dry_run
        || !options_.publish.rebuild) { // without its map a removal is not effective yet
        return std::nullopt;
    }
    auto verdict = ask_services_again(context_, revoked_clients(outcomes, files));
    if (verdict) {
        // A service that needs a reload goes on with the removed client, whatever its map says by
        // now.
        for (const TableOutcome& outcome : outcomes) {
            add_unreloaded_services(
                table_access(context_), outcome, options_, context_.repair(), *verdict);
        }
    }
    return verdict;
}

// Shows how Postfix is made to ask a table that its configuration does not name, as after the first
// add.
void ChangeView::hint_at_configuration()
{
    if (options_.dry_run || !context_.options.table.empty() || context_.tables().size() > 1
        || context_.table_is_configured()) {
        return;
    }
    std::vector<std::string> commands;
    try {
        commands = commands_to_use(
            context_.postfix(), context_.table(), context_.now(), context_.repair());
    } catch (const Error& error) { // what was done stands
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
    }
    report_note(context_, "Postfix does not use this table yet");
    for (const std::string& command : commands) {
        report_command(context_, command);
    }
}

void ChangeView::write_json(
    const std::vector<TableOutcome>& outcomes, const RevocationVerdict* verdict)
{
    write_json_change(context_.out(), outcomes, options_.dry_run, verdict);
}

void ChangeView::show(const ChangeResult& result, const std::vector<const CertificateFile*>* files)
{
    // The services are asked before anything is written, because the JSON has their answers, too.
    const auto verdict = ask_services(result.outcomes, files);
    if (context_.options.json) {
        write_json(result.outcomes, verdict ? &*verdict : nullptr);
    } else if (context_.options.plain) {
        for (const TableOutcome& outcome : result.outcomes) {
            write_plain(context_.out(), outcome.report);
        }
    }
    if (verdict) {
        report_still_relaying(context_, *verdict);
    }
    hint_at_configuration();
    // The failure of one table is thrown last, so that the changes of the others have been shown.
    if (result.failure) {
        throw Error(*result.failure);
    }
    require_revoked(context_, verdict);
}

} // namespace relayctl
