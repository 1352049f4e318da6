#include "core/operations/copy.hpp"

#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/commands/show_change.hpp"
#include "app/render/json.hpp"
#include "core/audit/switch_over.hpp"
#include "core/base/text.hpp"
#include "core/operations/reload.hpp"
#include "core/postfix/asked_tables.hpp"

namespace relayctl {

namespace {

// What was typed behind "copy".
struct CopyFlags {
    std::string from;
    std::string to;
    CopyOptions copy; // the rest of it is that of the change
    ChangeOptions change;
};

// -t and --service choose a table, but copy has its two tables as operands. Errors:
// ErrorKind::usage.
void refuse_table_options(const GlobalOptions& options)
{
    if (!options.table.empty() || !options.service.empty()) {
        throw Error(ErrorKind::usage,
            std::string("copy: names its tables itself, without ")
                + (options.table.empty() ? "--service" : "-t"),
            { "both behind it: relayctl copy FROM TO" });
    }
}

// Tells how many entries were copied, and what the target has no columns for. Losing retire_after
// or until is a warning, since such an entry then never goes.
void tell_copied(const CopyRequest& request, const CopyResult& result, Context& context)
{
    const std::string to = escape(request.to.to_string());
    const bool dry_run = request.options.dry_run;
    report_done(context,
        (dry_run ? "would have copied " : "copied ") + count_of(result.entries, "entry", "entries")
            + " to " + to + ": " + std::to_string(result.added) + " added, "
            + std::to_string(result.updated) + " changed, " + std::to_string(result.removed)
            + " removed" + (dry_run ? "" : "; read again, it has them entry for entry"));
    if (!result.not_kept.empty()) {
        const std::string sentence
            = to + " has no columns for it, so this is not kept: " + result.not_kept;
        const bool is_grave = result.not_kept.find("retire_after") != std::string::npos
            || result.not_kept.find("until") != std::string::npos;
        is_grave ? report_warning(context, sentence) : report_note(context, sentence);
    }
}

// Returns the commands by which Postfix asks the copy. Empty where nothing is to be changed, and
// where Postfix cannot be asked: what was copied stands.
std::vector<std::string> commands_to_switch(
    Context& context, const TableName& from, const TableName& to)
{
    if (!context.postfix().is_configured()) {
        return {};
    }
    try {
        const std::string command
            = command_to_switch(effective_services(context.postfix(),
                                    { "relay_clientcerts", "proxy_read_maps", "queue_directory" }),
                context.postfix().parameters().relay_clientcerts, from, to, context.repair());
        return command.empty() ? std::vector<std::string>() : std::vector{ command };
    } catch (const Error&) {
        return {};
    }
}

// Shows what was copied, and how Postfix is told to ask the copy.
void show_copy(const CopyRequest& request, CopyResult& result, const ChangeOptions& flags,
    ChangeView& view, Context& context)
{
    tell_copied(request, result, context);
    // They are made of the configuration as it is, which the copy has not changed.
    const auto commands = commands_to_switch(context, request.from, request.to);
    view.published(request.to, result.publication, result.removed > 0);
    if (result.publication.reload_needed
        && (commands.empty() || flags.reload)) { // else the reload comes with switching over
        reload_if_needed(table_access(context), request.to, flags, result.publication, view);
    }
    if (!commands.empty() && !flags.dry_run) {
        report_note(context,
            "to have Postfix ask it instead of " + escape(request.from.to_string())
                + (has_same_source(request.from, request.to) ? ", which has the same source:"
                                                             : ", which stays as it is:"));
        for (const std::string& command : commands) {
            report_hint(context, command);
        }
    }
    if (context.options.json) {
        write_json_copy(context.out(), request.from.to_string(), request.to.to_string(), result,
            commands, flags.dry_run);
    }
    require_complete(request.to, result.publication);
}

// Copies, and shows the result before a signal can end the program. Nothing is left to ask: what TO
// may lose was decided by --replace.
ExitStatus run_copy(const CopyFlags& flags, Context& context)
{
    refuse_table_options(context.options);
    CopyRequest request{ TableName::parse(flags.from), TableName::parse(flags.to), flags.copy,
        context.repair(), context.occasion() };
    request.options.dry_run = flags.change.dry_run;
    request.options.publish = flags.change.publish;
    ChangeView view(context, flags.change);
    copy_table(context.postfix(), request, view, [&](CopyResult& result) {
        context.state
            = result.publication.changed ? escape(request.to.to_string()) + " is changed" : "";
        if (result.publication.changed) {
            context.system_log().changed(request.to, "copied",
                log_field("from", request.from.to_string()) + ", "
                    + log_field("added", std::to_string(result.added)) + ", "
                    + log_field("updated", std::to_string(result.updated)) + ", "
                    + log_field("removed", std::to_string(result.removed)));
        }
        show_copy(request, result, flags.change, view, context);
    });
    return ExitStatus::ok;
}

} // namespace

void declare_copy(Declaration& declaration)
{
    auto [command, flags] = declaration.of(run_copy,
        R"(All entries with their annotations, or none; read again afterwards and compared.
TO may be of any type that relayctl writes. Without --replace no entry of TO
goes or gets another host. FROM stays as it is, and Postfix's configuration,
too: the commands that switch over are printed.

Examples:
  relayctl copy hash:/etc/postfix/relay_clients lmdb:/etc/postfix/relay_certs
  relayctl copy lmdb:/etc/postfix/relay_certs pgsql:/etc/postfix/relay.cf
  relayctl copy --replace pgsql:/etc/postfix/relay.cf lmdb:/etc/postfix/local

Exit status:
  0 TO has what FROM has    1 entries of TO would go    2 usage    3 bad table
  4 Postfix or a database server failed    5 lock busy or permission denied
  6 disk or system error)");
    add_operand(command, "FROM", flags.from, "the table that is read, TYPE:PATH", ValueKind::table);
    add_operand(command, "TO", flags.to, "the one that becomes the same", ValueKind::table);
    add_flag(command, "--replace", flags.copy.replace,
        "entries that FROM does not have go, hosts change");
    add_flag(
        command, "--allow-empty", flags.copy.allow_empty, "go on where no entry would be left");
    add_change_options(command, flags.change);
    describe_option(command, "--dry-run", "say what would be done, write nothing");
    remove_option(command, "--no-rebuild");
}

} // namespace relayctl
