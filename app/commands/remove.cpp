#include "app/commands.hpp"
#include "app/commands/change.hpp"
#include "app/remove_everywhere.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace relayctl {

namespace {

struct RemoveOptions {
    std::vector<std::string> who;
    bool all = false;
    bool if_exists = false;
    ChangeOptions change;
};

void run_remove(const RemoveOptions& options, Context& context)
{
    Removal removal;
    for (const std::string& who : options.who) {
        removal.targets.emplace_back(who);
    }
    removal.all = options.all;
    removal.absent_is_fine = options.if_exists;
    std::vector<TableName> tables;
    for (const AskedTable& asked : context.tables()) {
        tables.push_back(asked.table);
    }
    if (tables.size() > 1) {
        remove_everywhere(context, tables, removal, options.change);
        return;
    }
    carry_out(context, options.change, scope_of(removal), [&](const Document& document, ChangeReport& report) { return plan_removal(document, removal, report); });
}

constexpr const char* remove_footer = R"(WHO is a host, a pattern of hosts, a fingerprint in any spelling, or a
certificate file (then the entries of the certificate and of its key go).

Examples:
  relayctl remove zen.suse.co.uk
  relayctl remove --all '*.old.example.org'
  relayctl remove ./stolen-laptop.pem

Exit status:
  0 removed (with --if-exists also: was not listed)    1 not listed, or several
  match without --all    2 usage    3 bad certificate or table    4 Postfix
  failed    5 lock busy or permission denied    6 disk or system error)";

} // namespace

void setup_remove(CLI::App& app, Context& context)
{
    auto options = std::make_shared<RemoveOptions>();
    CLI::App* command = app.add_subcommand("remove", "Revoke a client");
    command->alias("rm");
    command->add_option("WHO", options->who, "a host, fingerprint or certificate file")->type_name("")->required();
    command->add_flag("--all", options->all, "all entries, where several match");
    command->add_flag("--if-exists", options->if_exists, "no error where it is not listed");
    add_change_options(*command, options->change);
    command->footer(remove_footer);
    set_changing_command(*command, context, [options, &context] {
        run_remove(*options, context);
        return ExitStatus::ok;
    });
}

} // namespace relayctl
