#include "app/commands/change.hpp"

#include "app/cli/help.hpp"
#include "app/cli/progress.hpp"
#include "app/cli/report.hpp"
#include "app/configuration.hpp"
#include "app/map_look.hpp"
#include "app/removal.hpp"
#include "app/render/json.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/table/diff.hpp"
#include "core/table/rows.hpp"

#include <CLI/CLI.hpp>

#include <signal.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <ostream>
#include <set>

namespace relayctl {

void set_changing_command(CLI::App& command, Context& context, std::function<ExitStatus()> run)
{
    command.callback([&context, run = std::move(run)] {
        context.state = "nothing was changed";
        ::signal(SIGPIPE, SIG_IGN); // nobody who stops reading our messages stops us in the middle
                                    // of several tables
        context.command = run;
    });
}

void add_change_options(CLI::App& command, ChangeOptions& options)
{
    command.add_flag("-n,--dry-run", options.dry_run, "print the change as a diff, write nothing")
        ->group(help_group::change);
    command.add_flag("--no-rebuild", options.no_rebuild, "leave the map as it is")
        ->group(help_group::change);
    command.add_flag("--reload", options.reload, "run postfix reload where the change needs it")
        ->group(help_group::change);
    command.add_option("--lock-timeout", options.lock_timeout, "wait so long for the lock (10)")
        ->type_name("SECONDS")
        ->group(help_group::change)
        ->check([](const std::string& text) {
            double seconds = -1;
            const auto [end, error]
                = std::from_chars(text.data(), text.data() + text.size(), seconds);
            const bool is_good = error == std::errc() && end == text.data() + text.size()
                && seconds >= 0 && seconds <= 86400; // no NaN is
            return is_good ? std::string() : "expected a number of seconds, 0 to 86400";
        });
    command
        .add_flag("--wait-replicas{30}", options.wait_replicas,
            "of a database: wait for its standbys (30 s)")
        ->type_name("")
        ->group(help_group::change);
    command
        .add_flag("--insecure-directory", options.insecure_directory,
            "go on where others can write the directory")
        ->group(help_group::change);
    command.add_flag("--in-place", options.in_place, "write a file that is a mount point in place")
        ->group(help_group::change);
}

namespace {

void say_what_changed(Context& context, const ChangeReport& report, bool dry_run)
{
    const std::string would = dry_run ? "would have " : "";
    for (const EntryView& entry : report.removed) {
        report_done(context, would + "removed " + described(entry));
    }
    for (const EntryView& entry : report.added) {
        report_done(context, would + "added " + described(entry));
    }
    for (const UpdatedEntry& updated : report.updated) {
        report_done(context, described(updated.entry) + ": " + updated.what);
    }
    for (const std::string& warning : report.warnings) {
        report_warning(context, warning);
    }
}

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

void dry_run(Context& context, const TableName& table, Store& store, const Scope& scope,
    const ReportingPlanner& planner, TableOutcome& outcome)
{
    const Document document = store.read_scope(scope);
    const Plan plan = planner(document, outcome.report);
    outcome.publication.changed = !plan.edits.empty();
    outcome.publication.map = table.is_database() ? MapState::none : outcome.publication.map;
    if (!context.options.json && !context.options.plain) {
        const std::string name = table.is_database() ? table.to_string() : table.path;
        const std::string diff = document.is_of_rows()
            ? diff_of_rows(document, plan.edits, name)
            : unified_diff(document.text(), splices_of(document, plan.edits), name, name);
        context.out() << (context.for_people() ? escape_lines(diff) : diff);
    }
    say_what_changed(context, outcome.report, true);
    if (!outcome.publication.changed) {
        report_done(context, outcome.report.nothing_to_do);
    }
}

// What clients that are connected at this moment may still do. As observed on a real smtpd: lmdb:
// is live, the others are looked at anew only before the next session.
std::string_view open_sessions(const TableName& table)
{
    return table.traits().is_live || table.is_database()
        ? ""
        : "sessions already open may relay until they end";
}

// All that Postfix asks, also where only the tables of one service are changed; with -t nobody is
// asked.
std::vector<AskedTable> tables_of_postfix(Context& context)
{
    return !context.options.table.empty() ? std::vector<AskedTable>()
        : context.options.service.empty() ? context.tables()
                                          : asked_tables(context.postfix()).tables;
}

// proxymap looks whether a map has changed only when a process connects to it, and smtpd keeps its
// connection (ipc_ttl, 1000 s). What stands in an lmdb map it sees at once.
bool is_stale_behind_proxy(Context& context, const TableName& table)
{
    const auto tables = tables_of_postfix(context);
    return !table.traits().is_live
        && std::any_of(tables.begin(), tables.end(), [&](const AskedTable& asked) {
               return asked.is_proxied && is_same_table(asked.table, table);
           });
}

void reload_if_needed(Context& context, const TableName& table, const ChangeOptions& options,
    Publication& publication)
{
    if (!publication.reload_needed) {
        return;
    }
    if (options.reload) {
        try {
            context.postfix().reload();
        } catch (Error& error) {
            throw error.with_state(
                "the change is published, but running smtpd processes do not see it yet");
        }
        publication.reload_needed = false;
        report_done(context, "postfix reloaded");
        return;
    }
    report_note(context,
        is_stale_behind_proxy(context, table) ? "some service asks " + escape(table.to_string())
                + " through proxymap, which may go on with the old map for minutes"
            : table.traits().is_read_once
            ? "not effective before postfix reload: smtpd reads a texthash table only when it "
              "starts"
            : "the map is new: smtpd processes that have met the table without one need a reload");
    report_hint(context, Commands(context.options.config_directory).reload());
}

} // namespace

PublishOptions publish_options_of(const ChangeOptions& options)
{
    PublishOptions result;
    result.rebuild = !options.no_rebuild;
    result.force_rebuild = options.force_rebuild;
    result.insecure_directory = options.insecure_directory;
    result.in_place = options.in_place;
    result.lock_timeout
        = std::chrono::milliseconds(static_cast<long long>(options.lock_timeout * 1000));
    result.replica_timeout = options.wait_replicas > 0
        ? std::optional(std::chrono::seconds(options.wait_replicas))
        : std::nullopt;
    return result;
}

void report_publication(Context& context, const TableName& table, const ChangeOptions& options,
    bool has_removed, Publication& publication)
{
    const std::string name = escape(table.to_string());
    for (const std::string& message : publication.messages) {
        report_warning(context, escape(message));
    }
    for (const std::string& note : publication.notes) {
        report_note(context, note);
    }
    if (publication.created) {
        report_note(context, escape(table.path) + " did not exist and was created");
    }
    switch (publication.map) {
    case MapState::rebuilt:
        report_done(context, name + ": map rebuilt");
        break;
    case MapState::updated:
        report_done(context, name + ": map updated");
        break;
    case MapState::skipped:
        report_note(
            context, name + ": the map is not rebuilt, so Postfix does not see the change yet");
        report_command(context, rebuild_command(context, table));
        break;
    case MapState::unchanged:
    case MapState::none:
        break;
    }
    if (has_removed
        && (publication.map == MapState::rebuilt || publication.map == MapState::updated)
        && !open_sessions(table).empty()) {
        report_note(context, open_sessions(table));
    }
    if (publication.old_warnings > 0) {
        report_note(context,
            "postmap has " + count_of(publication.old_warnings, "warning", "warnings")
                + " about other lines of this table: relayctl verify explains them");
    }
    reload_if_needed(context, table, options, publication);
}

namespace {

// Other tables that Postfix makes of the same source, like lmdb:F beside hash:F: their maps would
// go on saying what the source said before.
void rebuild_maps_of_same_source(
    Context& context, const ChangeOptions& options, TableOutcome& outcome)
{
    const TableName& table = outcome.table;
    if (!table.has_source() || !outcome.publication.changed) {
        return;
    }
    PublishOptions rebuild = publish_options_of(options);
    rebuild.force_rebuild = true;
    for (const AskedTable& other : tables_of_postfix(context)) {
        if (!has_same_source(other.table, table) || is_same_table(other.table, table)) {
            continue;
        }
        try {
            Publication made
                = context.store(other.table)
                      .change(
                          Scope::all(), [](const Document&) { return Plan{}; }, rebuild);
            made.reload_needed = made.reload_needed || other.table.traits().is_read_once;
            report_publication(
                context, other.table, options, !outcome.report.removed.empty(), made);
            outcome.publication.reload_needed
                = outcome.publication.reload_needed || made.reload_needed;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            outcome.publication.not_published = escape(other.table.to_string())
                + " is made of the same source, and its map could not be rebuilt: " + error.what();
        }
    }
}

} // namespace

void require_complete(const TableName& table, const Publication& publication)
{
    if (!publication.not_published.empty()) {
        throw Error(ErrorKind::postfix,
            escape(table.to_string()) + ": " + publication.not_published,
            { "mend it, then: relayctl rebuild" })
            .with_state("the source is changed");
    }
    if (!publication.not_replicated.empty()) {
        throw Error(
            ErrorKind::database, escape(table.to_string()) + ": " + publication.not_replicated)
            .with_state(publication.changed ? "the primary has the change" : "nothing was changed");
    }
}

TableOutcome change_table(Context& context, const TableName& table, Store& store,
    const ChangeOptions& options, const Scope& scope, const ReportingPlanner& planner)
{
    TableOutcome outcome{ table, {}, {}, {} };
    require_writable(table);
    if (options.dry_run) {
        dry_run(context, table, store, scope, planner, outcome);
        return outcome;
    }
    const auto plan = [&](const Document& document) {
        outcome.report = {};
        return planner(document, outcome.report);
    };
    std::optional<InterruptGuard> guard; // until it is said what was done
    if (table.is_database()) {
        guard.emplace();
    }
    {
        const Progress progress(context, "changing " + escape(table.to_string()));
        outcome.publication = store.change(scope, plan, publish_options_of(options));
    }
    context.state = outcome.publication.changed
        ? escape(table.is_database() ? table.to_string() : table.path) + " is changed"
        : "";
    say_what_changed(context, outcome.report, false);
    if (!outcome.publication.changed && !outcome.report.nothing_to_do.empty()) {
        report_done(context, outcome.report.nothing_to_do);
    }
    const bool changed
        = outcome.publication.changed && outcome.publication.map != MapState::skipped;
    outcome.publication.reload_needed
        = outcome.publication.reload_needed || (changed && is_stale_behind_proxy(context, table));
    report_publication(
        context, table, options, !outcome.report.removed.empty(), outcome.publication);
    rebuild_maps_of_same_source(context, options, outcome);
    return outcome;
}

namespace {

// named: these are judged by all their fingerprints, the rest by the one that was listed.
Revoked revoked_of(
    const std::vector<TableOutcome>& outcomes, const std::vector<const CertificateFile*>* named)
{
    Revoked revoked;
    revoked.are_named = named != nullptr;
    revoked.files = named != nullptr ? *named : revoked.files;
    std::set<Fingerprint> known;
    for (const CertificateFile* file : revoked.files) {
        for (const Fingerprint& fingerprint : fingerprints_of(*file)) {
            known.insert(fingerprint);
        }
    }
    for (const TableOutcome& outcome : outcomes) {
        for (const EntryView& entry : outcome.report.revoked) {
            const auto fingerprint = Fingerprint::from_written(entry.fingerprint);
            if (!fingerprint || !known.contains(*fingerprint)) {
                revoked.entries.push_back(entry);
            }
        }
    }
    return revoked;
}

} // namespace

namespace {

// Services whose processes go on with what they have read before, whatever the table says by now: a
// removal is not effective there before a reload. Counted are all tables made of the same source.
void add_unreloaded(
    Context& context, const TableOutcome& outcome, bool is_reloaded, RevocationVerdict& verdict)
{
    if (outcome.report.revoked.empty() || is_reloaded || !outcome.publication.changed
        || !context.postfix().is_running().value_or(true)) {
        return;
    }
    const std::string instance = context.postfix().parameters().config_directory;
    std::vector<std::string> clients;
    for (const EntryView& entry : outcome.report.revoked) {
        clients.push_back(escape(entry.host.empty() ? entry.fingerprint : entry.host));
    }
    const Finding reason = reload_needed(outcome.table, Commands(context.options.config_directory));
    for (const AskingService& service : asked_tables(context.postfix()).services) {
        const auto is_stale = [&](const std::vector<TableName>& tables, auto is_kept) {
            return std::any_of(tables.begin(), tables.end(), [&](const TableName& table) {
                return is_kept(table.traits()) && has_same_source(table, outcome.table);
            });
        };
        if (is_stale(service.tables, [](const TableType& type) { return type.is_read_once; })
            || is_stale(service.proxied, [](const TableType& type) { return !type.is_live; })) {
            verdict.relaying.push_back({ instance, service.name, clients, reason });
        }
    }
}

} // namespace

std::optional<RevocationVerdict> write_outcomes(Context& context,
    const std::vector<TableOutcome>& outcomes, const ChangeOptions& options,
    const std::vector<const CertificateFile*>* named)
{
    std::optional<RevocationVerdict> verdict;
    if (!options.dry_run
        && !options.no_rebuild) { // without its map a removal is not effective yet, which is said
        verdict = ask_services_again(context, revoked_of(outcomes, named));
        for (const TableOutcome& outcome : outcomes) {
            if (verdict) {
                // With -t nobody is asked whether proxymap stands in between.
                const bool is_reloaded = options.reload
                    && (context.options.table.empty() || outcome.table.traits().is_read_once);
                add_unreloaded(context, outcome, is_reloaded, *verdict);
            }
        }
    }
    if (context.options.json) {
        write_json_change(context.out(), outcomes, options.dry_run, verdict ? &*verdict : nullptr);
    } else if (context.options.plain) {
        for (const TableOutcome& outcome : outcomes) {
            write_plain(context.out(), outcome.report);
        }
    }
    if (verdict) {
        report_still_relaying(context, *verdict);
    }
    return verdict;
}

void hint_at_configuration(Context& context, const ChangeOptions& options)
{
    if (options.dry_run || !context.options.table.empty() || context.tables().size() > 1
        || context.table_is_configured()) {
        return;
    }
    const auto commands = commands_to_enable(
        context.postfix().parameters(), context.table(), context.options.config_directory);
    if (commands.empty()) {
        return;
    }
    report_note(context, "Postfix does not use this table yet");
    for (const std::string& command : commands) {
        report_hint(context, escape(command));
    }
}

bool carry_out(Context& context, const ChangeOptions& options, const Scope& scope,
    const ReportingPlanner& planner)
{
    const TableName table = context.table();
    const std::vector<TableOutcome> outcomes
        = { change_table(context, table, context.store(), options, scope, planner) };
    const auto verdict = write_outcomes(context, outcomes, options);
    hint_at_configuration(context, options);
    require_complete(table, outcomes.front().publication);
    require_revoked(context, verdict);
    return outcomes.front().publication.changed;
}

} // namespace relayctl
