#include "app/commands/sightings.hpp"

#include "app/cli/report.hpp"
#include "app/commands/show_change.hpp"
#include "core/audit/fingerprint_logging.hpp"
#include "core/audit/unseen_audit.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/postfix/services.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns what bears on the log of each service; nothing where it is not this Postfix that wrote
// it.
std::vector<ServiceFacts> logging_services(Context& context, const SeenQuestion& question)
{
    std::vector<ServiceFacts> services;
    if (!question.logs.empty() || !context.postfix().is_configured()) {
        return services;
    }
    for (Service& service : effective_services(context.postfix(), logging_parameters())) {
        if (context.options.service.empty()
            || is_service_named(service.name, context.options.service)) {
            services.emplace_back();
            services.back().service = std::move(service);
        }
    }
    return services;
}

// Returns the names of the sources: "/var/log/mail.log, /var/log/mail.log.1".
std::string names_of(const std::vector<LogSource>& sources)
{
    std::vector<std::string> names;
    for (const LogSource& source : sources) {
        const std::string name = escape(source.name);
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    }
    return names.empty() ? "the mail log" : join(names, ", ");
}

} // namespace

SeenReport sightings_of(Context& context, const SeenQuestion& question)
{
    const auto& tables = context.tables();
    if (std::none_of(tables.begin(), tables.end(),
            [](const AskedTable& asked) { return asked.table.is_readable(); })) {
        require_readable(context.table());
    }
    TableAccess access = table_access(context);
    access.store = [&](const TableName& name) -> Store& {
        // A store refers to its name, and the context keeps it for whatever comes next.
        return context.store(find_table(tables, name)->table);
    };
    SeenReport report = find_sightings(access, context.services(), question);
    if (!report.fingerprints_logged) {
        const auto services = logging_services(context, question);
        report.fingerprints_logged
            = !services.empty() && std::all_of(services.begin(), services.end(), logs_fingerprints);
    }
    return report;
}

std::vector<Hint> hints_at_logging(Context& context, const SeenQuestion& question)
{
    const auto services = logging_services(context, question);
    const std::string command = command_to_log_fingerprints(services, context.repair());
    if (command.empty()) {
        return {};
    }
    return { command, cost_of_logging(services) };
}

void throw_not_logged(Context& context, const SeenQuestion& question, const SeenReport& report)
{
    std::vector<Hint> hints = hints_at_logging(context, question);
    if (hints.empty() && question.logs.empty()) {
        hints.emplace_back("smtpd is set up to log them by now: ask again when clients have come");
    } else if (hints.empty()) {
        hints.emplace_back(
            "smtpd logs them with smtpd_tls_loglevel = 1,peercert, one line for each session");
    }
    throw Error(ErrorKind::refused,
        names_of(report.sources)
            + ": does not tell which certificates were presented, so it is not known who came",
        hints);
}

std::vector<Finding> unseen_findings(
    Context& context, std::chrono::seconds duration, const std::string& file)
{
    const SeenQuestion question{ {}, {}, false, false, context.now() };
    SeenReport report;
    try {
        report = sightings_of(context, question);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
        return { log_incomplete(
            file, "who came cannot be seen: " + std::string(error.what()), "") };
    }
    std::vector<Finding> findings;
    if (!report.fingerprints_logged.value_or(false)) {
        const auto hints = hints_at_logging(context, question);
        findings.push_back(log_incomplete(file,
            names_of(report.sources) + ": does not tell which certificates were presented",
            hints.empty() ? "" : hints.front().before));
        return findings;
    }
    const Unseen unseen = unseen_entries(report, duration, context.now());
    for (const SeenEntry* entry : unseen.entries) {
        findings.push_back(not_seen({ entry->table, TableName::parse(entry->table).path,
                                        entry->entry.line, entry->entry.host, entry->last() },
            *report.since));
    }
    if (unseen.unknown > 0) {
        findings.push_back(log_incomplete(file,
            "of " + count_of(unseen.unknown, "entry", "entries")
                + " it is not known whether the client came in " + in_words(duration)
                + (report.since ? ", since the log is known from " + to_date(*report.since) + " on"
                                : ""),
            ""));
    }
    return findings;
}

void note_limits(Context& context, const SeenQuestion& question, const SeenReport& report)
{
    if (!report.silent_services.empty()) {
        std::vector<std::string> names;
        std::transform(report.silent_services.begin(), report.silent_services.end(),
            std::back_inserter(names), [](const std::string& name) { return escape(name); });
        report_warning(context,
            join(names, ", ")
                + ": certificates were presented there and the log does not tell which, so "
                  "whoever is not seen may have come by it");
        for (const Hint& hint : hints_at_logging(context, question)) {
            report_hint(context, hint.before);
        }
    }
    if (!report.no_log.empty()) {
        report_note(context,
            report.no_log + "; this is what was saved, and it is known until "
                + to_rfc3339(*report.until));
    }
    if (report.since) {
        report_note(context,
            "known since " + to_rfc3339(*report.since)
                + "; a log is a lower bound, since lines get lost");
    }
    if (report.dropped > 0) {
        report_note(context,
            count_of(report.dropped, "pending certificate was", "pending certificates were")
                + " forgotten, since too many came");
    }
}

void report_saved(Context& context, const SeenReport& report)
{
    report_done(context, "saved in " + escape(join(report.saved, ", ")));
    for (const NotShared& database : report.not_shared) {
        const std::string column = escape(database.table)
            + (database.has_column ? ": this role may not write its column last_seen"
                                   : ": has no column last_seen")
            + ", so other servers are not told";
        report_note(context,
            column
                + (database.has_column ? ""
                                       : ": ALTER TABLE " + escape(database.sql_name)
                            + " ADD COLUMN last_seen timestamptz"));
    }
}

} // namespace relayctl
