#include "app/cli/progress.hpp"
#include "app/cli/report.hpp"
#include "app/commands.hpp"
#include "app/commands/change.hpp"
#include "app/map_look.hpp"
#include "app/render/json.hpp"
#include "app/switch_over.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/table/content_sum.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace relayctl {

namespace {

struct TableCopyOptions {
    std::string from;
    std::string to;
    bool replace = false;
    bool allow_empty = false;
    ChangeOptions change;
};

// What is in the copy now against what was handed to it.
void require_same(Store& to, const ContentSum& handed, const std::string& name)
{
    ContentSum found;
    if (handed.count() > 0) {
        to.for_each_entry([&](std::string_view key, std::string_view value,
                              const Annotation& annotation) { found.add(key, value, annotation); });
    }
    if (found != handed) {
        throw Error(ErrorKind::refused,
            escape(name)
                + ": has not the entries that were copied: somebody has changed it meanwhile",
            { "run it again" });
    }
}

// Likewise of its map, which is what Postfix asks.
void require_same_map(Context& context, const TableName& table, Store& store)
{
    if (!table.has_map()) {
        return;
    }
    MapLook look(context, table);
    const auto differences = look.compare(store.read_all());
    if (!differences.empty()) {
        throw Error(ErrorKind::postfix,
            escape(differences.front().file) + ": " + differences.front().message,
            { differences.front().hint });
    }
}

// What is copied is the source; Postfix asks its map.
void warn_of_other_map(Context& context, const TableName& table, Store& store)
{
    if (!table.has_map() || !context.postfix().is_installed()) {
        return;
    }
    MapLook look(context, table);
    if (const auto differences = look.compare(store.read_all()); !differences.empty()) {
        report_warning(context,
            escape(table.to_string())
                + ": Postfix sees something else than its source, which is copied: "
                + differences.front().message);
    }
}

std::string counts_of(const CopyResult& result)
{
    return std::to_string(result.added) + " added, " + std::to_string(result.updated) + " changed, "
        + std::to_string(result.removed) + " removed";
}

ExitStatus run_copy(const TableCopyOptions& options, Context& context)
{
    if (!context.options.table.empty()) {
        throw Error(ErrorKind::usage, "copy: names its tables itself, without -t",
            { "relayctl copy FROM TO" });
    }
    if (!context.options.service.empty()) {
        throw Error(ErrorKind::usage, "copy: names its tables itself, without --service",
            { "relayctl copy FROM TO" });
    }
    const TableName from = TableName::parse(options.from);
    const TableName to = TableName::parse(options.to);
    require_readable(from);
    require_writable(to);
    if (from.behind_proxy() == to.behind_proxy()
        || (from.has_source() && to.has_source() && from.path == to.path)) {
        throw Error(ErrorKind::usage,
            "copy: FROM and TO are the same" + std::string(from.type == to.type ? "" : " file"),
            { "the copy needs a name of its own" });
    }
    const auto source = open_store(context.postfix(), from);
    const auto target = open_store(context.postfix(), to);
    warn_of_other_map(context, from, *source);
    if (const std::string hidden = source->hidden_columns(); !hidden.empty()) {
        throw Error(ErrorKind::permission,
            escape(from.to_string()) + ": this role may not read " + hidden
                + ", so the copy would not have it",
            { "a role that may: user and password in " + escape(from.behind_proxy().path)
                + ".admin" });
    }
    CopyOptions copy_options{ options.replace, options.allow_empty, options.change.dry_run,
        publish_options_of(options.change) };
    ContentSum handed;
    const auto hand_over = [&](const EntryVisitor& visitor) {
        handed = {};
        source->for_each_entry(
            [&](std::string_view key, std::string_view value, const Annotation& annotation) {
                handed.add(key, value, target->storable_part_of(annotation));
                visitor(key, value, annotation);
            });
    };
    std::optional<InterruptGuard> guard; // until it is said what was done
    if (to.is_database()) {
        guard.emplace();
    }
    CopyResult result = [&] {
        const Progress progress(context, "copying to " + escape(to.to_string()));
        CopyResult done = target->copy_from(hand_over, copy_options);
        if (!options.change.dry_run) {
            context.state = done.publication.changed ? escape(to.to_string()) + " is changed" : "";
            require_same(*target, handed, to.to_string());
            require_same_map(context, to, *target);
        }
        return done;
    }();
    report_done(context,
        std::string(options.change.dry_run ? "would have copied " : "copied ")
            + count_of(result.entries, "entry", "entries") + " to " + escape(to.to_string()) + ": "
            + counts_of(result)
            + (options.change.dry_run ? "" : "; read again, it has them entry for entry"));
    if (!result.not_kept.empty()) {
        const std::string said = escape(to.to_string())
            + " has no columns for it, so this is not kept: " + result.not_kept;
        result.not_kept.find("retire_after") != std::string::npos ? report_warning(context, said)
                                                                  : report_note(context, said);
    }
    const std::vector<std::string> commands = commands_to_switch(context, from, to);
    Publication to_be_said = result.publication;
    to_be_said.reload_needed = to_be_said.reload_needed
        && (commands.empty() || options.change.reload); // else it comes with switching over
    report_publication(context, to, options.change, result.removed > 0, to_be_said);
    if (options.change.reload) {
        result.publication.reload_needed = to_be_said.reload_needed;
    }
    if (!commands.empty() && !options.change.dry_run) {
        report_note(context,
            "to have Postfix ask it instead of " + escape(from.to_string())
                + ", which stays as it is:");
        for (const std::string& command : commands) {
            report_hint(context, command);
        }
    }
    if (context.options.json) {
        write_json_copy(context.out(), from.to_string(), to.to_string(), result, commands,
            options.change.dry_run);
    }
    require_complete(to, result.publication);
    return ExitStatus::ok;
}

constexpr const char* copy_footer
    = R"(All entries with their annotations, or none; read again afterwards and compared.
TO may be of any type that relayctl writes. Without --replace no entry of TO
goes or gets another host. FROM stays as it is, and Postfix's configuration, too: the commands that
switch over are printed.

Examples:
  relayctl copy hash:/etc/postfix/relay_clients lmdb:/etc/postfix/relay_certs
  relayctl copy lmdb:/etc/postfix/relay_certs pgsql:/etc/postfix/relay.cf
  relayctl copy --replace pgsql:/etc/postfix/relay.cf lmdb:/etc/postfix/local

Exit status:
  0 TO has what FROM has    1 entries of TO would go    2 usage    3 bad table
  4 Postfix or a database server failed    5 lock busy or permission denied
  6 disk or system error)";

} // namespace

void setup_copy(CLI::App& app, Context& context)
{
    auto options = std::make_shared<TableCopyOptions>();
    CLI::App* command = app.add_subcommand("copy", "Move a table to another type or place");
    command->add_option("FROM", options->from, "the table that is read, TYPE:PATH")
        ->type_name("")
        ->required();
    command->add_option("TO", options->to, "the one that becomes the same")
        ->type_name("")
        ->required();
    command->add_flag(
        "--replace", options->replace, "entries that FROM does not have go, hosts change");
    command->add_flag("--allow-empty", options->allow_empty, "go on where no entry would be left");
    add_change_options(*command, options->change);
    command->get_option("--dry-run")->description("say what would be done, write nothing");
    command->remove_option(command->get_option("--no-rebuild"));
    command->footer(copy_footer);
    set_changing_command(
        *command, context, [options, &context] { return run_copy(*options, context); });
}

} // namespace relayctl
