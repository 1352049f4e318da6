#include "app/commands.hpp"
#include "app/configuration.hpp"
#include "app/progress.hpp"
#include "app/render/json.hpp"
#include "app/render/text.hpp"
#include "app/report.hpp"
#include "core/audit/annotation_audit.hpp"
#include "core/audit/content_sum.hpp"
#include "core/audit/map_audit.hpp"
#include "core/audit/ownership_audit.hpp"
#include "core/audit/source_audit.hpp"
#include "core/base/file_text.hpp"
#include "core/base/text.hpp"
#include "core/postfix/map_file.hpp"
#include "core/publish/paths.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <future>
#include <memory>

namespace relayctl {

namespace {

struct VerifyOptions {
    bool no_map = false;
    bool strict = false;
};

// About the table itself, and about how Postfix is set up to use it.
struct Examination {
    std::vector<Finding> table;
    std::vector<Finding> configuration;
};

using Findings = std::vector<Finding>;

void append(Findings& findings, Findings more)
{
    findings.insert(findings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Finding map_finding(Severity severity, const char* id, const std::string& map, std::string message, std::string hint)
{
    return {severity, id, map, 0, 0, std::move(message), std::move(hint)};
}

std::string rebuild_command(const TableName& table)
{
    return "relayctl rebuild -t " + escape(table.to_string());
}

// What keeps Postfix from reading the map at all.
std::optional<Finding> obstacle_of_map(const TableName& table)
{
    const std::string map = find_map_file(table);
    const std::string rebuild = rebuild_command(table);
    if (!stat_of(map)) {
        return map_finding(Severity::error, "map-missing", map, "the map does not exist: every client that presents a certificate gets 451",
                           rebuild + " --reload");
    }
    if (::access(map.c_str(), R_OK) != 0) {
        return map_finding(Severity::error, "map-unreadable", map, "the map cannot be read by this user", "run relayctl verify as root");
    }
    const std::string type = map_file_type(map);
    const bool is_berkeley = type == "hash" || type == "btree";
    if ((is_berkeley || type == "unknown" || type == "empty") && type != table.type) {
        return map_finding(Severity::error, "map-other-type", map,
                           is_berkeley ? "the map is of type " + type + ", not " + table.type + ": Postfix cannot open it"
                                       : "the file is no map" + std::string(type == "empty" ? ", it is empty" : "") + ": Postfix cannot open it",
                           rebuild + " --reload");
    }
    return std::nullopt;
}

// What keeps postmap from telling all of it, if anything does.
std::optional<Finding> dump_map(Context& context, const TableName& table, const std::function<void(std::string_view)>& record)
{
    try {
        context.postfix().dump_map(table, record);
    } catch (const Error& error) {
        if (!context.postfix().is_installed() && table.type != "cdb") {
            throw;
        }
        return map_finding(Severity::error, "map-unreadable", find_map_file(table), std::string("the map cannot be read: ") + error.what(),
                           rebuild_command(table));
    }
    return std::nullopt;
}

// A look at what the map has; it goes on beside that at the source, as postmap takes its time to tell.
class MapLook {
public:
    MapLook(Context& context, const TableName& table) : context_(context), table_(table), obstacle_(obstacle_of_map(table))
    {
        if (!obstacle_) {
            sum_ = std::async(std::launch::async, [this] {
                ContentSum sum;
                obstacle_ = dump_map(context_, table_, [&](std::string_view record) { sum.add(record); });
                return sum;
            });
        }
    }

    // Once only.
    Findings compare(const Document& document)
    {
        const bool is_same = sum_.valid() && content_of(document) == sum_.get();
        if (!obstacle_ && !is_same) { // told once more, to say how they differ
            MapAudit audit(document, table_.path, find_map_file(table_));
            obstacle_ = dump_map(context_, table_, [&](std::string_view record) { audit.record(record); });
            if (!obstacle_) {
                return audit.findings();
            }
        }
        return obstacle_ ? Findings{*obstacle_} : Findings();
    }

private:
    Context& context_;
    const TableName& table_;
    std::optional<Finding> obstacle_;
    std::future<ContentSum> sum_; // the last member: it is awaited before the others go
};

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
    require_source(table);
    const Digest& digest = context.digest();
    const TablePaths paths = resolve_paths(table);
    auto file = open_if_any(paths.source, max_table_bytes);
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
    // No editor shall wait for postmap, as it would for a lease.
    const auto text = look_at_map ? std::make_shared<const FileText>(read_whole(*file, paths.source))
                                  : FileText::read(std::move(*file), paths.source);
    const bool needs_document = look_at_map || may_have_annotations(text->view()) || configuration_wanted;
    auto rest = std::async(std::launch::async, [&] {
        std::shared_ptr<const Document> document;
        if (!needs_document) {
            return std::pair(std::move(document), Findings());
        }
        document = std::make_shared<const Document>(text);
        Findings findings = audit_annotations(*document, table, context.now());
        if (map_look) {
            append(findings, map_look->compare(*document));
        }
        return std::pair(std::move(document), std::move(findings));
    });
    append(result.table, audit_source(text->view(), table, digest));
    auto [document, findings] = rest.get();
    append(result.table, std::move(findings));
    append(result.table, examine_leftovers(paths));
    const OwnershipFacts facts{table.path, find_map_file(table), directory_of(paths.source), status,
                               look_at_map ? stat_of(find_map_file(table)) : std::nullopt, untrusted_directory(paths)};
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

ExitStatus run_verify(const VerifyOptions& options, Context& context)
{
    Examination result = [&] {
        const Progress progress(context, "looking at " + escape(context.table().to_string()));
        return examine_quiet_table(context, options);
    }();
    const bool sound = is_sound(result, options);
    Findings findings = std::move(result.table);
    append(findings, std::move(result.configuration));
    const std::string table = context.table().to_string();
    if (context.options.json) {
        write_json_verify(context.out(), table, context.digest().name(), sound, findings);
    } else if (!context.options.quiet) {
        write_findings(context, findings);
        if (!has_problem(findings)) {
            report_done(context, escape(table) + ": no errors and no warnings");
        }
    }
    return sound ? ExitStatus::ok : ExitStatus::no;
}

constexpr const char* verify_footer = R"(Looks at the source (format, duplicates, lines that postmap drops or joins), at
the map (there, of the right type, with the content of the source), at who can
write them, and at how Postfix is set up to use the table: what keeps listed
clients out, and what lets others in, per service. With both -t and -d the
configuration is not looked at. Changes nothing.

Examples:
  relayctl verify
  relayctl verify -t hash:/etc/postfix/relay_clients --json | jq '.findings[].id'

Exit status:
  0 sound    1 an error, or a warning about the table; with --strict any warning
  2 usage    3 table unreadable    4 Postfix failed    5 permission denied
  6 disk or system error)";

} // namespace

void setup_verify(CLI::App& app, Context& context)
{
    auto options = std::make_shared<VerifyOptions>();
    CLI::App* command = app.add_subcommand("verify", "Check the table, its map and how Postfix uses it");
    command->add_flag("--no-map", options->no_map, "look at the source alone");
    command->add_flag("--strict", options->strict, "warnings about the configuration count, too");
    command->footer(verify_footer);
    command->callback([options, &context] { context.command = [options, &context] { return run_verify(*options, context); }; });
}

} // namespace relayctl
