#include "app/cli/command_table.hpp"
#include "app/every_table.hpp"
#include "core/base/text.hpp"
#include "core/postfix/source_file.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace relayctl {

namespace {

constexpr const char* rebuild_footer
    = R"(Builds the map beside the old one and puts it in its place in one step; clears
what an interrupted change has left.

Examples:
  relayctl rebuild
  relayctl rebuild -t lmdb:/etc/postfix/relay_clients --json

Exit status:
  0 the map is that of the source    2 usage    3 bad table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)";

// Tables of types that are not ours have no map that relayctl could make.
void run_rebuild(const ChangeOptions& options, Context& context)
{
    require_any_changeable(context);
    const Scope no_entries;
    EveryTable tables(context, options, no_entries);
    for (EveryTable::Member& member : tables.members()) {
        const TableName table = member.outcome.table;
        if (!is_changeable(table) || (table.is_database() && tables.members().size() > 1)) {
            continue;
        }
        tables.attempt(member, [&] {
            if (!table.is_database() && !open_source_if_any(table)) {
                throw Error(ErrorKind::input, escape(table.path) + ": no such file",
                    { Hint("", { "relayctl", "add", "CERT", "HOST" }, table.to_string(),
                        " makes it with its first entry") });
            }
        });
        if (!member.failure) {
            tables.change(member, [&](const Document&, ChangeReport& report) {
                if (!table.has_map()) {
                    report.nothing_to_do = escape(table.to_string()) + " has no map: "
                        + (table.is_database() ? "the database is asked" : "the source is read")
                        + " directly";
                }
                return Plan{};
            });
        }
    }
    tables.finish("not every map is rebuilt", { "mend it and run this again" });
}

} // namespace

RunCommand declare_rebuild(CLI::App& command, Context& context)
{
    auto options = std::make_shared<ChangeOptions>();
    options->force_rebuild = true;
    add_change_options(command, *options);
    command.remove_option(command.get_option("--no-rebuild"));
    command.remove_option(command.get_option("--wait-replicas"));
    command.footer(rebuild_footer);
    return [options, &context] {
        run_rebuild(*options, context);
        return ExitStatus::ok;
    };
}

} // namespace relayctl
