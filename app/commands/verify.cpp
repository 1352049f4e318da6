#include "core/operations/verify.hpp"

#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/progress.hpp"
#include "app/cli/report.hpp"
#include "app/commands/live_services.hpp"
#include "app/commands/services_after_change.hpp"
#include "app/commands/sightings.hpp"
#include "app/commands/table_reading.hpp"
#include "app/render/json.hpp"
#include "app/render/monitoring.hpp"
#include "app/render/text.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// What was typed behind "verify". format: "prometheus", "nagios" or empty.
struct VerifyArguments {
    bool no_map = false;
    bool strict = false;
    bool is_offline = false;
    std::string format;
    std::optional<std::chrono::seconds> unseen;
};

// Returns the tables of the command. Of several ones those are left out whose entries relayctl
// cannot read: only the findings about the configuration are about them. Errors: those of
// Context::table() if no table is left.
std::vector<AskedTable> verified_tables(Context& context)
{
    std::vector<AskedTable> tables = context.tables();
    if (tables.size() > 1) {
        std::erase_if(tables, [](const AskedTable& asked) { return !is_changeable(asked.table); });
    }
    if (tables.empty()) {
        context.table();
    }
    return tables;
}

// Errors: what keeps the only table from being read. Of several tables one that cannot be read is
// named on standard error, and has that as its finding.
Verification verify(const VerifyArguments& arguments, Context& context, TableReading& reading)
{
    const std::vector<AskedTable> tables = verified_tables(context);
    const Progress progress(context,
        "looking at "
            + (tables.size() == 1 ? escape(tables.front().table.to_string())
                                  : count_of(tables.size(), "table", "tables")));
    VerifyOptions options;
    options.reads_map = !arguments.no_map;
    // The numbers are only shown there, and counting takes a walk through all annotations.
    options.counts_entries = !arguments.format.empty() || context.options.json;
    options.asks_postfix = judges_configuration(context);
    options.is_offline = arguments.is_offline;
    options.is_strict = arguments.strict;
    options.service = context.options.service;
    options.repair = context.repair();
    options.now = context.now();
    const auto store = [&](const TableName& table) -> Store& { return context.store(table); };
    Verifier verifier(context.postfix(), store, options);
    for (const AskedTable& asked : tables) {
        const auto examine = [&] {
            require_readable(asked.table);
            verifier.examine(asked.table, context.digest_of(asked));
        };
        if (!reading.attempt(asked.table, examine)) {
            verifier.add_unreadable(asked.table, reading.failures().back().message);
        }
    }
    Verification result = verifier.finish();
    if (arguments.unseen) {
        const std::vector<Finding> found
            = unseen_findings(context, *arguments.unseen, tables.front().table.behind_proxy().path);
        result.findings.insert(result.findings.end(), found.begin(), found.end());
        auto& of_first = result.tables.front().findings;
        of_first.insert(of_first.end(), found.begin(), found.end());
    }
    return result;
}

// Writes the findings. On a terminal the last line sums them up; elsewhere there is such a line
// only if all is well, on standard error.
void write_for_people(Context& context, const Verification& verification)
{
    write_findings(context, verification.findings, verification.tables.size() > 1);
    std::vector<std::string> names;
    std::transform(verification.tables.begin(), verification.tables.end(),
        std::back_inserter(names), [](const TableHealth& health) { return escape(health.table); });
    const std::string tables = join(names, ", ");
    if (context.for_people()) {
        // The sign tells the worst finding, with which the status agrees but for warnings of the
        // configuration.
        const std::string mark = has_error(verification.findings)
            ? mark_of(context, Severity::error)
            : has_problem(verification.findings) ? mark_of(context, Severity::warning)
                                                 : mark_of(context, true);
        context.out() << mark << tables << ": " << problems_in_words(verification.findings) << '\n';
    } else if (!has_problem(verification.findings)) {
        report_done(context, tables + ": no errors and no warnings");
    }
}

// Tells only what is wrong: the errors, and the warnings if they are why the status is not 0.
void report_problems(Context& context, const Verification& verification)
{
    for (const Finding& finding : verification.findings) {
        const std::string place = place_of(finding);
        const std::string message
            = (place.empty() ? "" : place + ": ") + finding.message + " [" + finding.id + ']';
        if (finding.severity == Severity::error) {
            report_error(context,
                Error(ErrorKind::input, message,
                    finding.hint.empty() ? std::vector<Hint>()
                                         : std::vector<Hint>{ finding.hint }));
        } else if (finding.severity == Severity::warning && !verification.is_sound) {
            report_warning(context, message);
        }
    }
}

// A plugin of Nagios writes a line and ends with one of four statuses, whatever happens.
ExitStatus run_nagios(const VerifyArguments& arguments, Context& context)
{
    try {
        TableReading reading(context);
        const TableHealth health = sum_of(verify(arguments, context, reading).tables);
        write_nagios(context.out(), health);
        return nagios_status(health);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
        write_nagios_unknown(context.out(), error.what());
    } catch (const std::bad_alloc&) {
        write_nagios_unknown(context.out(), "out of memory");
    }
    return ExitStatus::nagios_unknown;
}

// Judges the tables and writes the findings in the form that was asked for.
ExitStatus run_verify(const VerifyArguments& arguments, Context& context)
{
    if (!arguments.format.empty() && (context.options.json || context.options.plain)) {
        throw Error(
            ErrorKind::usage, "--format: is an output of its own, without --json and --plain");
    }
    if (arguments.format == "nagios") {
        return run_nagios(arguments, context);
    }
    TableReading reading(context);
    const Verification verification = verify(arguments, context, reading);
    if (arguments.format == "prometheus") {
        const auto is_known = [](const TableHealth& health) { return health.measures.is_known; };
        // Without this a file without any numbers would look like that of a healthy server.
        if (std::none_of(verification.tables.begin(), verification.tables.end(), is_known)) {
            throw Error(ErrorKind::postfix,
                escape(verification.tables.front().table) + ": the entries cannot be read",
                { Hint("to see why: ", { "relayctl", "verify" }) });
        }
        write_prometheus(context.out(), verification.tables);
    } else if (context.options.json) {
        write_json_verify(context.out(), verification.tables, context.digest().name(),
            verification.is_sound, verification.findings, verification.live);
    } else if (context.options.quiet) {
        report_problems(context, verification);
    } else {
        write_for_people(context, verification);
        report_unseen_services(context, verification.live);
    }
    reading.throw_first();
    return verification.is_sound ? ExitStatus::ok : ExitStatus::no;
}

} // namespace

void declare_verify(Declaration& declaration)
{
    auto [command, arguments] = declaration.of(run_verify,
        R"(Looks at the source (format, duplicates, lines that postmap drops or joins), at
the map (there, of the right type, with the content of the source), at who can
write them, and at how Postfix is set up to use the table: what keeps listed
clients out, and what lets others in, per service. With both -t and -d the
configuration is not looked at. Changes nothing.

Examples:
  relayctl verify
  relayctl verify --json | jq -r '.findings[].id'

Exit status:
  0 sound    1 an error, or a warning about the table; with --strict any warning
  2 usage    3 table unreadable    4 Postfix failed    5 permission denied
  6 disk or system error
  --format nagios: 0 OK    1 WARNING    2 CRITICAL    3 UNKNOWN)");
    add_flag(command, "--no-map", arguments.no_map, "look at the source alone");
    add_flag(command, "--strict", arguments.strict, "warnings about the configuration count, too");
    declare_offline(command, arguments.is_offline);
    add_duration(command, "--unseen", arguments.unseen,
        "note entries that the mail log has not for so long");
    add_choice(command, "--format", "FORM", arguments.format,
        "for monitoring: prometheus or nagios", { "prometheus", "nagios" });
}

} // namespace relayctl
