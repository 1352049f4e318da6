#include "app/cli/command_table.hpp"
#include "app/cli/progress.hpp"
#include "app/cli/report.hpp"
#include "app/cli/value_kind.hpp"
#include "app/commands/table_reading.hpp"
#include "app/configuration.hpp"
#include "app/examine_database.hpp"
#include "app/map_look.hpp"
#include "app/render/json.hpp"
#include "app/render/mark.hpp"
#include "app/render/monitoring.hpp"
#include "app/render/text.hpp"
#include "core/audit/annotation_audit.hpp"
#include "core/audit/ownership_audit.hpp"
#include "core/audit/source_audit.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"
#include "core/postfix/map_file.hpp"
#include "core/postfix/source_file.hpp"
#include "core/store/text_table/in_place.hpp"
#include "core/store/text_table/paths.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <future>
#include <map>
#include <memory>

namespace relayctl {

namespace {

struct VerifyOptions {
    bool no_map = false;
    bool strict = false;
    std::string format;
};

using Sources = std::map<std::string, std::shared_ptr<const Document>>; // by path

// About one table.
struct Examination {
    std::vector<Finding> findings;
    Measures measures;
    std::shared_ptr<const Document> source; // none: it was not read
};

using Findings = std::vector<Finding>;

void append(Findings& findings, Findings more)
{
    findings.insert(
        findings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Findings examine_leftovers(const Context& context, const TablePaths& paths)
{
    Findings findings;
    for (const std::string& file : paths.leftovers()) {
        if (lstat_of(file)) {
            findings.push_back({ Severity::warning, "leftover", file, 0, 0,
                "left by an interrupted change, or one is under way at this moment; a running "
                "smtpd may still use the old map",
                rebuild_command(context, paths.table) });
        }
    }
    if (lstat_of(saved_name(paths.source))) {
        findings.push_back({ Severity::error, "half-written", paths.source, 0, 0,
            "writing it in place was interrupted, or is under way at this moment: its whole old "
            "text is in "
                + escape(saved_name(paths.source)),
            restore_command(paths.source) });
    }
    return findings;
}

Findings examine_configuration(
    Context& context, const std::vector<TableName>& tables, Sources sources)
{
    if (!is_configuration_wanted(context)) {
        return {};
    }
    std::optional<ConfigurationFacts> facts;
    try {
        facts = gather_configuration(context, tables, std::move(sources));
    } catch (const Error& error) { // the tables are judged all the same
        return { { Severity::note, "unseen", tables.front().path, 0, 0,
            "how Postfix uses it cannot be seen: " + std::string(error.what()), "" } };
    }
    if (!facts) {
        const std::string master_cf
            = context.postfix().parameters().config_directory + "/master.cf";
        return { { Severity::note, "no-smtpd", master_cf, 0, 0,
            "there is no smtpd service that would use the table", "" } };
    }
    return audit_configuration(*facts, context.repair());
}

Examination examine(Context& context, const VerifyOptions& options, const AskedTable& asked)
{
    const TableName& table = asked.table;
    require_readable(table);
    const Digest digest = context.digest_of(asked);
    Examination result;
    if (table.is_database()) {
        result.findings = examine_database(context, table, digest, result.measures);
        return result;
    }
    const TablePaths paths = resolve_paths(table);
    auto file = open_source_if_any(table);
    if (!file) {
        result.findings.push_back({ Severity::error, "source-missing", table.path, 0, 0,
            "the table does not exist", "relayctl add CERT HOST makes it" });
        return result;
    }
    const struct stat status = file->status;
    const bool look_at_map = table.has_map() && !options.no_map;
    const bool configuration_wanted
        = is_configuration_wanted(context); // asks Postfix, which one thread does at a time
    std::optional<MapLook> map_look;
    if (look_at_map) {
        map_look.emplace(context, table);
    }
    const auto text = std::make_shared<const std::string>(read_open_file(*file, paths.source));
    const bool counts = !options.format.empty() || context.options.json;
    const bool needs_document
        = look_at_map || may_have_annotations(*text) || configuration_wanted || counts;
    auto rest = std::async(std::launch::async, [&] {
        Findings findings;
        if (!needs_document) {
            return findings;
        }
        result.source = std::make_shared<const Document>(text);
        if (counts) {
            measure(*result.source, context.now(), result.measures);
        }
        findings = audit_annotations(*result.source, table, context.now());
        if (map_look) {
            Findings differences = map_look->compare(*result.source);
            result.measures.map_is_current = differences.empty();
            append(findings, std::move(differences));
        }
        return findings;
    });
    append(result.findings, audit_source(*text, table, digest));
    append(result.findings, rest.get());
    append(result.findings, examine_leftovers(context, paths));
    const std::string map = find_map_file(table);
    const OwnershipFacts facts{ table.path, map, status, look_at_map ? stat_of(map) : std::nullopt,
        weak_file(paths.source), look_at_map ? weak_file(map) : std::nullopt,
        weak_way(table.path, status.st_uid) };
    append(result.findings, audit_ownership(facts));
    return result;
}

// A change that is published while we look would show as a difference that is none: then look
// again.
Examination examine_quiet_table(
    Context& context, const VerifyOptions& options, const AskedTable& asked)
{
    for (int attempt = 1;; ++attempt) {
        const auto before = stat_of(asked.table.path);
        Examination result = examine(context, options, asked);
        const auto after = stat_of(asked.table.path);
        const bool moved = before && after && FileIdentity::of(*before) != FileIdentity::of(*after);
        if (!moved || attempt == 5) {
            return result;
        }
    }
}

// A table that fails altogether has that as its finding: the others are judged all the same.
Examination examine_one_of_several(
    Context& context, const VerifyOptions& options, const AskedTable& asked, TableReading& reading)
{
    Examination result;
    if (!reading.attempt(
            asked.table, [&] { result = examine_quiet_table(context, options, asked); })) {
        result.measures.is_known = false;
        result.findings = { { Severity::error, "table-unreadable", asked.table.behind_proxy().path,
            0, 0, "it cannot be judged: " + reading.failures().back().message, "" } };
    }
    for (Finding& finding : result.findings) {
        finding.table = asked.table.to_string();
    }
    return result;
}

// What verify has found, and whether its status is 0.
struct Answer {
    std::vector<Health>
        tables; // in their order; what is about the configuration stands with the first one
    Findings findings; // all of them
    bool is_sound = true;
};

// Of types that are not ours only the configuration has something to say, where there are others.
std::vector<AskedTable> judged_tables(Context& context)
{
    std::vector<AskedTable> tables = context.tables();
    if (tables.size() > 1) {
        std::erase_if(tables, [](const AskedTable& asked) { return !is_changeable(asked.table); });
    }
    if (tables.empty()) {
        context.table(); // throws, and says why
    }
    return tables;
}

Answer look(const VerifyOptions& options, Context& context, TableReading& reading)
{
    const std::vector<AskedTable> tables = judged_tables(context);
    const Progress progress(context,
        "looking at "
            + (tables.size() == 1 ? escape(tables.front().table.to_string())
                                  : count_of(tables.size(), "table", "tables")));
    Answer answer;
    std::vector<TableName> names;
    Sources sources;
    for (const AskedTable& asked : tables) {
        Examination result = examine_one_of_several(context, options, asked, reading);
        // A flaw of the table always counts; of the configuration an error does, and with --strict
        // a warning, too.
        answer.is_sound = answer.is_sound && !has_problem(result.findings);
        answer.tables.push_back({ asked.table.to_string(), result.measures, result.findings,
            !has_problem(result.findings), context.now() });
        append(answer.findings, std::move(result.findings));
        names.push_back(asked.table);
        sources[asked.table.path] = std::move(result.source);
    }
    const Findings configuration = examine_configuration(context, names, std::move(sources));
    const bool is_sound
        = !has_error(configuration) && !(options.strict && has_problem(configuration));
    answer.is_sound = answer.is_sound && is_sound;
    answer.tables.front().is_sound = answer.tables.front().is_sound && is_sound;
    append(answer.tables.front().findings, configuration);
    append(answer.findings, configuration);
    return answer;
}

// On a terminal the last line says how it went; elsewhere only where all is well, and to standard
// error.
void write_for_people(Context& context, const Answer& answer)
{
    write_findings(context, answer.findings, answer.tables.size() > 1);
    std::vector<std::string> names;
    std::transform(answer.tables.begin(), answer.tables.end(), std::back_inserter(names),
        [](const Health& health) { return escape(health.table); });
    const std::string tables = join(names, ", ");
    if (context.for_people()) {
        const std::string mark = has_error(answer.findings) ? mark_of(context, Severity::error)
            : has_problem(answer.findings)                  ? mark_of(context, Severity::warning)
                                                            : mark_of(context, true);
        context.out() << mark << tables << ": " << problems_in_words(answer.findings) << '\n';
    } else if (!has_problem(answer.findings)) {
        report_done(context, tables + ": no errors and no warnings");
    }
}

// Whatever happens, a plugin of Nagios answers with a line and one of four statuses.
ExitStatus run_nagios(const VerifyOptions& options, Context& context)
{
    try {
        TableReading reading(context);
        const Health health = sum_of(look(options, context, reading).tables);
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

ExitStatus run_verify(const VerifyOptions& options, Context& context)
{
    if (!options.format.empty() && (context.options.json || context.options.plain)) {
        throw Error(
            ErrorKind::usage, "--format: is an output of its own, without --json and --plain");
    }
    if (options.format == "nagios") {
        return run_nagios(options, context);
    }
    TableReading reading(context);
    const Answer answer = look(options, context, reading);
    if (options.format == "prometheus") {
        if (std::none_of(answer.tables.begin(), answer.tables.end(), [](const Health& health) {
                return health.measures.is_known;
            })) { // numbers of nothing would look well
            throw Error(ErrorKind::postfix,
                escape(answer.tables.front().table) + ": the entries cannot be read",
                { "relayctl verify says why" });
        }
        write_prometheus(context.out(), answer.tables);
    } else if (context.options.json) {
        write_json_verify(context.out(), answer.tables, context.digest().name(), answer.is_sound,
            answer.findings);
    } else if (!context.options.quiet) {
        write_for_people(context, answer);
    }
    reading.throw_first();
    return answer.is_sound ? ExitStatus::ok : ExitStatus::no;
}

constexpr const char* verify_footer
    = R"(Looks at the source (format, duplicates, lines that postmap drops or joins), at
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
  --format nagios: 0 OK    1 WARNING    2 CRITICAL    3 UNKNOWN)";

} // namespace

RunCommand declare_verify(CLI::App& command, Context& context)
{
    auto options = std::make_shared<VerifyOptions>();
    command.add_flag("--no-map", options->no_map, "look at the source alone");
    command.add_flag("--strict", options->strict, "warnings about the configuration count, too");
    command.add_option("--format", options->format, "for monitoring: prometheus or nagios")
        ->type_name("FORM")
        ->check(one_of({ "prometheus", "nagios" }));
    command.footer(verify_footer);
    return [options, &context] { return run_verify(*options, context); };
}

} // namespace relayctl
