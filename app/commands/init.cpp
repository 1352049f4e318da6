#include "core/operations/init.hpp"

#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/commands/services_after_change.hpp"
#include "app/commands/show_change.hpp"
#include "app/render/json.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/sql_init.hpp"

#include <ostream>

namespace relayctl {

namespace {

struct InitOptions {
    bool print = false; // show the SQL instead of running it
};

// Shows the SQL that init would run, without asking a server.
void print_schema(const TableName& table, Context& context)
{
    if (context.options.json) {
        // The JSON has the same form as that of a table that was made.
        InitResult planned;
        planned.done = schema_statements_of(context.postfix(), table);
        write_json_init(context.out(), table.to_string(), planned);
    } else {
        context.out() << schema_of(context.postfix(), table);
    }
}

// Creates the table in the database. One that exists is never changed: SQL for its missing columns
// is shown instead.
ExitStatus run_init(const InitOptions& options, Context& context)
{
    const TableName table = table_to_create(table_access(context));
    if (options.print) {
        print_schema(table, context);
        return ExitStatus::ok;
    }
    const InitResult result = create_table(context.postfix(), table);
    if (result.created) {
        context.system_log().changed(table, "created");
        report_done(context, escape(table.to_string()) + ": created");
    } else {
        report_done(context, escape(table.to_string()) + ": the table is there already");
    }
    if (result.created_history) {
        report_done(context, "its history was created");
    }
    for (const std::string& role : result.unknown_roles) {
        report_warning(context, "there is no role " + quote(role) + ", so it was given no rights");
    }
    if (!result.missing.empty()) {
        report_note(context, "it has not all that relayctl can use; to add it:");
        for (const std::string& statement : result.missing) {
            report_hint(context, escape(statement) + ";");
        }
    }
    if (context.options.json) {
        write_json_init(context.out(), table.to_string(), result);
    }
    note_other_services(context, {});
    return ExitStatus::ok;
}

} // namespace

void declare_init(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_init,
        R"(The table, its columns and the database are those of the pgsql_table(5) file of
-t, or of relay_clientcerts. Postfix's role (user in that file) may read two
columns; relayctl's (user in FILE.admin beside it, else the same) may write.

Examples:
  relayctl init -t pgsql:/etc/postfix/relay_clients.cf
  relayctl init --print -t pgsql:/etc/postfix/relay_clients.cf | psql relay

Exit status:
  0 the table is there    2 usage    3 bad file    4 no server answers
  5 permission denied    6 system error)");
    add_flag(command, "--print", options.print, "show the SQL, ask no server");
}

} // namespace relayctl
