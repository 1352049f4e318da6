#include "app/render/seen.hpp"

#include "app/cli/arguments.hpp"
#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/progress.hpp"
#include "app/cli/report.hpp"
#include "app/commands/pending.hpp"
#include "app/commands/show_change.hpp"
#include "app/commands/sightings.hpp"
#include "core/base/error.hpp"
#include "core/base/sort.hpp"
#include "core/base/text.hpp"
#include "core/operations/find_clients.hpp"

#include <algorithm>
#include <set>

namespace relayctl {

namespace {

// What was typed behind "seen"; empty = not given.
struct SeenOptions {
    std::string who;
    std::vector<std::string> logs;
    std::string since;
    std::optional<std::chrono::seconds> unseen;
    std::string sort;
    bool exit_code = false;
    bool pending = false;
    bool ask = false;
    bool save = false;
    bool no_addresses = false;
};

// Errors: ErrorKind::usage for options that do not go together.
void require_sense(const SeenOptions& options)
{
    const auto refuse = [](const std::string& message) {
        throw Error(ErrorKind::usage, message, { hint_at_help("seen") });
    };
    if (options.exit_code && !options.unseen) {
        refuse("--exit-code: needs --unseen");
    }
    if (options.ask && !options.pending) {
        refuse("--ask: needs --pending");
    }
    if (options.no_addresses && !options.save) {
        refuse("--no-addresses: needs --save");
    }
    if (options.unseen && options.pending) {
        refuse("--unseen is about entries, and --pending about certificates without one");
    }
    if (options.save && !options.since.empty()) {
        refuse("--save keeps all that is new, so --since cannot be given with it");
    }
}

// Returns the fingerprints of whom the word names, as find_clients() finds them.
std::set<Fingerprint> fingerprints_named(const std::string& who, Context& context)
{
    std::vector<TableName> tables;
    for (const AskedTable& asked : context.tables()) {
        tables.push_back(asked.table);
    }
    const FoundClients found = find_clients({ who },
        { [&] { return tables; },
            [&](const TableName& table) -> Store& { return context.store(table); } });
    for (const std::string& note : found.notes) {
        report_note(context, note);
    }
    std::set<Fingerprint> fingerprints;
    for (const CheckedClient& checked : found.clients) {
        Client client = checked.client;
        if (client.public_key() != nullptr && client.public_key()->has_two_encodings()) {
            client.key_encoding = context.key_encoding();
        }
        for (const AskedTable& asked : context.tables()) {
            for (const auto& known : client.fingerprints(context.digest_of(asked))) {
                fingerprints.insert(known.fingerprint);
            }
        }
        for (const auto& listed : client.listed) {
            fingerprints.insert(listed.fingerprint);
        }
    }
    return fingerprints;
}

// Keeps whom the word names: entries and pending certificates. Errors: ErrorKind::refused if nobody
// is named so.
void keep_named(
    ShownSightings& shown, const SeenReport& report, const std::string& who, Context& context)
{
    std::set<Fingerprint> named;
    const auto begun = pending_clients(report, who);
    try {
        named = fingerprints_named(who, context);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::refused || begun.empty()) {
            throw;
        }
    }
    std::erase_if(shown.entries, [&](const SeenEntry* entry) {
        const auto fingerprint = Fingerprint::from_written(entry->entry.fingerprint);
        return !fingerprint || !named.contains(*fingerprint);
    });
    std::erase_if(shown.pending, [&](const PendingClient* client) {
        const Presented& presented = client->sightings.presented;
        return !(presented.certificate && named.contains(*presented.certificate))
            && !(presented.key && named.contains(*presented.key))
            && (!named.empty() || std::find(begun.begin(), begun.end(), client) == begun.end());
    });
    if (shown.entries.empty() && shown.pending.empty()) {
        throw Error(ErrorKind::refused,
            quote(who) + ": is not listed, and has not been seen"
                + (report.since ? " since " + to_rfc3339(*report.since) : ""));
    }
}

// Keeps the pending certificate that the word names. Errors: ErrorKind::refused.
void keep_pending(ShownSightings& shown, const SeenReport& report, const std::string& who)
{
    shown.pending = pending_clients(report, who);
    if (shown.pending.empty()) {
        throw Error(ErrorKind::refused,
            quote(who) + ": no pending certificate has this number, or begins so");
    }
}

// Without --sort whoever came last stands first.
void sort_entries(std::vector<const SeenEntry*>& entries, const std::string& sort)
{
    const auto key = [&](const SeenEntry* entry) {
        const ClientSightings& sightings = entry->sightings;
        const auto seen = entry->last();
        const auto last = seen ? -seen->time_since_epoch().count() : 1;
        const auto sessions = -static_cast<std::int64_t>(sightings.sessions);
        return std::pair(sort == "host" ? std::int64_t{ 0 }
                : sort == "sessions"    ? sessions
                                        : last,
            sort == "host" ? to_lower(entry->entry.host) : "");
    };
    sort_stably(entries, [&](const SeenEntry* a, const SeenEntry* b) { return key(a) < key(b); });
}

// Returns the command with the same logs; nothing where it would have to read standard input again.
std::string command_for(
    const std::string& words, const SeenOptions& options, const Context& context)
{
    std::string logs;
    for (const std::string& log : options.logs) {
        if (log == "-") {
            return {};
        }
        logs += (logs.empty() ? "--log " : " --log ") + shell_quote(log);
    }
    return context.repair().relayctl(words, context.options.table, logs);
}

// Keeps what was not seen for so long, and says of how many that cannot be told.
void keep_unseen(
    ShownSightings& shown, const SeenReport& report, const SeenOptions& options, Context& context)
{
    const Unseen unseen = unseen_entries(report, *options.unseen, context.now());
    std::erase_if(shown.entries, [&](const SeenEntry* entry) {
        return std::find(unseen.entries.begin(), unseen.entries.end(), entry)
            == unseen.entries.end();
    });
    shown.unknown = unseen.unknown;
    if (unseen.unknown == 0) {
        return;
    }
    const std::string of = "of " + count_of(unseen.unknown, "entry", "entries")
        + " it is not known whether the client came in " + in_words(*options.unseen);
    report_note(context,
        of
            + (report.since ? ": it is known since " + to_rfc3339(*report.since) + " who came"
                            : ""));
    if (!report.since) {
        return;
    }
    const auto days
        = std::chrono::duration_cast<std::chrono::hours>(context.now() - *report.since).count()
        / 24;
    const std::string command
        = command_for("seen --unseen " + std::to_string(days) + 'd', options, context);
    if (days > 0 && !command.empty()) {
        report_hint(context, command + " tells who has not come since then");
    }
}

// Returns what is shown of the report.
ShownSightings shown_of(const SeenReport& report, const SeenOptions& options, Context& context)
{
    ShownSightings shown;
    for (const SeenEntry& entry : report.entries) {
        // Nobody is said to be unseen by a log that does not tell.
        if (!options.pending && (report.fingerprints_logged.value_or(false) || entry.last())) {
            shown.entries.push_back(&entry);
        }
    }
    for (const PendingClient& client : report.pending) {
        shown.pending.push_back(&client);
    }
    if (options.unseen) {
        keep_unseen(shown, report, options, context);
        shown.pending.clear();
    }
    if (!options.who.empty() && options.pending) {
        keep_pending(shown, report, options.who);
    } else if (!options.who.empty()) {
        keep_named(shown, report, options.who, context);
    }
    sort_entries(shown.entries, options.sort);
    return shown;
}

// Writes it for people or programs.
void write_shown(Context& context, const SeenReport& report, const ShownSightings& shown,
    const SeenOptions& options)
{
    if (context.options.json) {
        write_json_seen(context.out(), report, shown);
        return;
    }
    const bool shows_pending = options.pending || (!options.who.empty() && shown.entries.empty());
    if (shows_pending && shown.pending.empty()) {
        report_done(context, "no certificate is pending");
    } else if (shows_pending) {
        write_pending(context, shown.pending, !options.logs.empty());
    } else if (shown.entries.empty()) {
        report_done(context,
            options.unseen ? "no entry is known to be unseen for " + in_words(*options.unseen)
                           : "there are no entries");
    } else {
        write_seen(context, report, shown.entries, context.tables().size() > 1);
    }
    if (!shows_pending && !shown.pending.empty() && options.who.empty()) {
        const std::string command = command_for("seen --pending", options, context);
        report_note(context,
            count_of(shown.pending.size(), "certificate came that is", "certificates came that are")
                + " not listed" + (command.empty() ? "" : ": " + command));
    }
}

// Returns true if --save is all that is asked for.
bool only_saves(const SeenOptions& options, const Context& context)
{
    return options.save && !context.options.json && !options.unseen && !options.pending
        && options.who.empty();
}

// Answers, and ends with status 1 where the log does not tell who came.
ExitStatus run_seen(const SeenOptions& options, Context& context)
{
    require_sense(options);
    const SeenQuestion question{ options.logs, moment_since(options.since, context.now()),
        options.save, options.no_addresses, context.now(), !only_saves(options, context) };
    std::optional<Progress> progress(std::in_place, context, "reading the mail log");
    const SeenReport report = sightings_of(context, question);
    progress.reset();
    const bool is_logged = report.fingerprints_logged.value_or(false);
    if (options.save && !context.options.json) {
        report_saved(context, report);
    }
    if (!only_saves(options, context)
        && (is_logged || context.options.json || !report.pending.empty())) {
        const ShownSightings shown = shown_of(report, options, context);
        if (options.ask) {
            ask_about(context, shown.pending, options.logs);
            return ExitStatus::ok;
        }
        write_shown(context, report, shown, options);
        if (is_logged) {
            note_limits(context, question, report);
            return options.exit_code && !shown.entries.empty() ? ExitStatus::no : ExitStatus::ok;
        }
    }
    if (!is_logged) {
        throw_not_logged(context, question, report);
    }
    return ExitStatus::ok;
}

} // namespace

void declare_seen(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_seen,
        R"(WHO is a file if it has a slash; else a listed host, a fingerprint or its
beginning. Who came is in the mail log if smtpd logs certificates
(smtpd_tls_loglevel = 1,peercert). A log is a lower bound: lines get lost.
--save keeps it in PATH.seen beside the table, for a log that is rotated away.

Examples:
  relayctl seen
  relayctl seen --unseen 180d
  relayctl seen --pending
  relayctl seen --log /var/log/mail.log.1 --log /var/log/mail.log --json

Exit status:
  0 done
  1 the log does not tell who came, or WHO is nobody; --exit-code: some unseen
  2 usage    3 log, table or PATH.seen unreadable    4 Postfix failed
  5 permission denied    6 disk or system error)");
    add_optional_operand(command, "WHO", options.who,
        "a listed host, a fingerprint or its beginning, or a certificate file", ValueKind::anybody);
    add_values(command, "--log", "FILE", options.logs,
        "this log, also .gz, .xz, .zst (- is stdin; else Postfix's own)", ValueKind::file);
    add_since(command, options.since, "only sessions since then: 30d, 2026-10-01");
    add_duration(command, "--unseen", options.unseen, "entries that were not seen for so long");
    add_flag(command, "--exit-code", options.exit_code, "with --unseen: status 1 if there are any");
    add_choice(command, "--sort", "BY", options.sort, "last (the default), host or sessions",
        { "last", "host", "sessions" });
    add_flag(command, "--pending", options.pending, "certificates that came and are not listed");
    add_flag(command, "--ask", options.ask, "with --pending: go through them, and list some");
    add_flag(command, "--save", options.save, "keep what the log has, in PATH.seen");
    add_flag(command, "--no-addresses", options.no_addresses, "with --save: without addresses");
}

} // namespace relayctl
