#include "app/commands.hpp"
#include "app/configuration.hpp"
#include "app/examine_database.hpp"
#include "app/map_look.hpp"
#include "app/progress.hpp"
#include "app/render/json.hpp"
#include "app/render/mark.hpp"
#include "app/render/monitoring.hpp"
#include "app/render/text.hpp"
#include "app/report.hpp"
#include "core/audit/annotation_audit.hpp"
#include "core/audit/ownership_audit.hpp"
#include "core/audit/source_audit.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"
#include "core/postfix/map_file.hpp"
#include "core/postfix/source_file.hpp"
#include "core/publish/in_place.hpp"
#include "core/publish/paths.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <future>
#include <memory>

namespace relayctl {

namespace {

struct VerifyOptions {
    bool no_map = false;
    bool strict = false;
    std::string format;
};

// About the table itself, and about how Postfix is set up to use it.
struct Examination {
    std::vector<Finding> table;
    std::vector<Finding> configuration;
    Measures measures;
};

using Findings = std::vector<Finding>;

void append(Findings& findings, Findings more)
{
    findings.insert(findings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Findings examine_leftovers(const TablePaths& paths)
{
    Findings findings;
    for (const std::string& file : paths.leftovers()) {
        if (lstat_of(file)) {
            findings.push_back({Severity::warning, "leftover", file, 0, 0,
                                "left by an interrupted change, or one is under way at this moment; a running smtpd may still use the old map",
                                rebuild_command(paths.table)});
        }
    }
    if (lstat_of(saved_name(paths.source))) {
        findings.push_back({Severity::error, "half-written", paths.source, 0, 0,
                            "writing it in place was interrupted, or is under way at this moment: its whole old text is in " + escape(saved_name(paths.source)),
                            restore_command(paths.source)});
    }
    return findings;
}

Findings examine_configuration(Context& context, std::shared_ptr<const Document> document)
{
    if (!is_configuration_wanted(context)) {
        return {};
    }
    std::optional<ConfigurationFacts> facts;
    try {
        facts = gather_configuration(context, std::move(document));
    } catch (const Error& error) { // the table is judged all the same
        return {{Severity::note, "unseen", context.table().path, 0, 0, "how Postfix uses it cannot be seen: " + std::string(error.what()), ""}};
    }
    if (!facts) {
        const std::string master_cf = context.postfix().parameters().config_directory + "/master.cf";
        return {{Severity::note, "no-smtpd", master_cf, 0, 0, "there is no smtpd service that would use the table", ""}};
    }
    return audit_configuration(*facts, Commands(context.options.config_directory));
}

Examination examine(Context& context, const VerifyOptions& options)
{
    const TableName& table = context.table();
    require_readable(table);
    const Digest& digest = context.digest();
    if (table.is_database()) {
        Examination result;
        result.table = examine_database(context, result.measures);
        result.configuration = examine_configuration(context, nullptr);
        return result;
    }
    const TablePaths paths = resolve_paths(table);
    auto file = open_source_if_any(table);
    Examination result;
    if (!file) {
        result.table.push_back({Severity::error, "source-missing", table.path, 0, 0, "the table does not exist", "relayctl add CERT HOST makes it"});
        result.configuration = examine_configuration(context, nullptr);
        return result;
    }
    const struct stat status = file->status;
    const bool look_at_map = table.has_map() && !options.no_map;
    const bool configuration_wanted = is_configuration_wanted(context); // asks Postfix, which one thread does at a time
    std::optional<MapLook> map_look;
    if (look_at_map) {
        map_look.emplace(context, table);
    }
    const auto text = std::make_shared<const std::string>(read_whole(*file, paths.source));
    const bool counts = !options.format.empty() || context.options.json;
    const bool needs_document = look_at_map || may_have_annotations(*text) || configuration_wanted || counts;
    auto rest = std::async(std::launch::async, [&] {
        std::shared_ptr<const Document> document;
        if (!needs_document) {
            return std::pair(std::move(document), Findings());
        }
        document = std::make_shared<const Document>(text);
        if (counts) {
            measure(*document, context.now(), result.measures);
        }
        Findings findings = audit_annotations(*document, table, context.now());
        if (map_look) {
            Findings differences = map_look->compare(*document);
            result.measures.map_is_current = differences.empty();
            append(findings, std::move(differences));
        }
        return std::pair(std::move(document), std::move(findings));
    });
    append(result.table, audit_source(*text, table, digest));
    auto [document, findings] = rest.get();
    append(result.table, std::move(findings));
    append(result.table, examine_leftovers(paths));
    const std::string map = find_map_file(table);
    const OwnershipFacts facts{table.path, map, status, look_at_map ? stat_of(map) : std::nullopt, weak_file(paths.source),
                               look_at_map ? weak_file(map) : std::nullopt, weak_way(table.path, status.st_uid)};
    append(result.table, audit_ownership(facts));
    result.configuration = examine_configuration(context, document);
    return result;
}

// A change that is published while we look would show as a difference that is none: then look again.
Examination examine_quiet_table(Context& context, const VerifyOptions& options)
{
    for (int attempt = 1;; ++attempt) {
        const auto before = stat_of(context.table().path);
        Examination result = examine(context, options);
        const auto after = stat_of(context.table().path);
        const bool moved = before && after && FileIdentity::of(*before) != FileIdentity::of(*after);
        if (!moved || attempt == 5) {
            return result;
        }
    }
}

// A flaw of the table always counts; of the configuration an error does, and with --strict a warning, too.
bool is_sound(const Examination& result, const VerifyOptions& options)
{
    return !has_problem(result.table) && !has_error(result.configuration) && !(options.strict && has_problem(result.configuration));
}

// On a terminal the last line says how it went; elsewhere only where all is well, and to standard error.
void write_for_people(Context& context, const Findings& findings)
{
    write_findings(context, findings);
    const std::string table = escape(context.table().to_string());
    if (context.for_people()) {
        const std::string mark = has_error(findings) ? mark_of(context, Severity::error)
            : has_problem(findings)                  ? mark_of(context, Severity::warning)
                                                     : mark_of(context, true);
        context.out() << mark << table << ": " << problems_in_words(findings) << '\n';
    } else if (!has_problem(findings)) {
        report_done(context, table + ": no errors and no warnings");
    }
}

// What verify has found, and whether its status is 0.
struct Answer {
    Findings findings;
    Measures measures;
    bool is_sound;
};

Answer look(const VerifyOptions& options, Context& context)
{
    const Progress progress(context, "looking at " + escape(context.table().to_string()));
    Examination result = examine_quiet_table(context, options);
    const bool sound = is_sound(result, options);
    append(result.table, std::move(result.configuration));
    return {std::move(result.table), result.measures, sound};
}

// Whatever happens, a plugin of Nagios answers with a line and one of four statuses.
ExitStatus run_nagios(const VerifyOptions& options, Context& context)
{
    try {
        const Answer answer = look(options, context);
        const Health health{context.table().to_string(), answer.measures, answer.findings, answer.is_sound, context.now()};
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
        throw Error(ErrorKind::usage, "--format: is an output of its own, without --json and --plain");
    }
    if (options.format == "nagios") {
        return run_nagios(options, context);
    }
    const Answer answer = look(options, context);
    const std::string table = context.table().to_string();
    if (options.format == "prometheus") {
        if (!answer.measures.is_known) { // numbers of nothing would look well
            throw Error(ErrorKind::postfix, escape(table) + ": the entries cannot be read", {"relayctl verify says why"});
        }
        write_prometheus(context.out(), {table, answer.measures, answer.findings, answer.is_sound, context.now()});
    } else if (context.options.json) {
        write_json_verify(context.out(), table, context.digest().name(), answer.is_sound, answer.findings,
                          answer.measures.is_known ? std::optional(answer.measures.unknown_expiry) : std::nullopt);
    } else if (!context.options.quiet) {
        write_for_people(context, answer.findings);
    }
    return answer.is_sound ? ExitStatus::ok : ExitStatus::no;
}

constexpr const char* verify_footer = R"(Looks at the source (format, duplicates, lines that postmap drops or joins), at
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

void setup_verify(CLI::App& app, Context& context)
{
    auto options = std::make_shared<VerifyOptions>();
    CLI::App* command = app.add_subcommand("verify", "Check the table, its map and how Postfix uses it");
    command->add_flag("--no-map", options->no_map, "look at the source alone");
    command->add_flag("--strict", options->strict, "warnings about the configuration count, too");
    command->add_option("--format", options->format, "for monitoring: prometheus or nagios")
        ->type_name("FORM")
        ->check(CLI::IsMember({"prometheus", "nagios"}).description(""));
    command->footer(verify_footer);
    command->callback([options, &context] { context.command = [options, &context] { return run_verify(*options, context); }; });
}

} // namespace relayctl
