#include "core/operations/check.hpp"

#include "app/cli/arguments.hpp"
#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/commands/live_services.hpp"
#include "app/render/check_answers.hpp"
#include "app/render/json.hpp"
#include "core/base/ip_address.hpp"
#include "core/base/text.hpp"
#include "core/operations/find_clients.hpp"
#include "core/postfix/asked_tables.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// What was typed behind "check"; empty = not given.
struct CheckArguments {
    std::vector<std::string> who;
    std::string fingerprint;
    std::string address;
    bool is_offline = false;
};

// Returns the tables in which a word may be listed: that of -t, and those that any service asks.
std::vector<TableName> tables_of(Context& context)
{
    std::vector<TableName> tables;
    if (const auto assumed = TableName::parse_if_any(context.options.table)) {
        tables.push_back(*assumed);
    }
    for (const AskedTable& asked : asked_tables(context.postfix()).tables) {
        if (std::find(tables.begin(), tables.end(), asked.table) == tables.end()) {
            tables.push_back(asked.table);
        }
    }
    return tables;
}

// Returns the clients that are named. Notes say what a word could have meant as well, and that of a
// host not everything is known.
std::vector<CheckedClient> named_clients(const CheckArguments& arguments, Context& context)
{
    std::vector<CheckedClient> clients;
    if (!arguments.fingerprint.empty()) {
        clients.push_back(client_with_fingerprint(arguments.fingerprint));
        return clients;
    }
    FoundClients found = find_clients(arguments.who,
        { [&context] { return tables_of(context); },
            [&context](const TableName& table) -> Store& { return context.store(table); } });
    for (const std::string& note : found.notes) {
        report_note(context, note);
    }
    return std::move(found.clients);
}

// Says once of whom not everything is known.
void note_of_entries(Context& context, const std::vector<CheckedClient>& clients)
{
    if (std::any_of(clients.begin(), clients.end(),
            [](const CheckedClient& checked) { return checked.client.is_of_entry; })) {
        report_note(context,
            "of a host only the listed fingerprint is known, neither its certificate nor its key: "
            "relayctl check CERT tells more");
    }
}

// Judges the clients through each service and writes the verdicts. The status is 0 only for a clear
// "yes", since a script must not take "depends" for one.
ExitStatus run_check(const CheckArguments& arguments, Context& context)
{
    if (!arguments.address.empty() && !is_address(arguments.address)) {
        throw Error(ErrorKind::usage,
            "address " + quote(arguments.address) + ": is no IPv4 or IPv6 address");
    }
    if (arguments.who.empty() == arguments.fingerprint.empty()) {
        throw Error(
            ErrorKind::usage, "check: expected WHO or --fingerprint FP", { hint_at_help("check") });
    }
    const std::vector<CheckedClient> clients = named_clients(arguments, context);
    const CheckOptions options{ arguments.address, context.options.service, context.options.table,
        context.options.digest, context.repair(), context.now(), arguments.is_offline,
        [&context](const TableName& table) -> Store& { return context.store(table); } };
    const std::vector<CheckAnswer> answers = check_clients(context.postfix(), clients, options);
    const std::optional<bool> would_relay = would_all_relay(answers);
    if (context.options.json) {
        write_json_check(context.out(), would_relay, answers);
    } else if (context.options.quiet) {
        report_refusals(context, answers);
    } else {
        write_answers(context, answers);
        std::vector<LiveService> live;
        for (const Verdict& verdict : answers.front().verdicts) {
            live.push_back({ verdict.service, verdict.live });
        }
        report_unseen_services(context, live);
        note_of_entries(context, clients);
    }
    return would_relay.value_or(false) ? ExitStatus::ok : ExitStatus::no;
}

} // namespace

void declare_check(Declaration& declaration)
{
    auto [command, arguments] = declaration.of(run_check,
        R"(WHO is a file if it has a slash; else a listed host; else a fingerprint, or the
beginning of a listed one, of six digits or more; else a file; else a pattern of
listed hosts. A host with several fingerprints is judged by each of them.

Answers what smtpd would do, per smtpd of master.cf with its -o overrides, for a
client from outside without a login. What cannot be seen from here (policy
services, other access tables, DNS) is named: "depends on". -t and -d ask what
would be with that table and that digest; --service asks one service alone.
Changes nothing.

Examples:
  relayctl check zen.pem
  relayctl check zen.suse.co.uk 38:99:1A mx.pem
  relayctl check zen.pem --service submission --json | jq .would_relay

Exit status:
  0 all of them would relay, through the service asked for or through any
  1 any of them would not, or it depends, or is not listed    2 usage
  3 bad certificate or fingerprint
  4 Postfix unreadable or failing    5 permission denied    6 system error)");
    add_optional_operand(command, "WHO", arguments.who,
        "a certificate, request or key file, a listed host, or a fingerprint", ValueKind::anybody);
    add_value(command, "--fingerprint", "FP", arguments.fingerprint,
        "this fingerprint, in any spelling, instead of WHO");
    add_value(command, "--address", "IP", arguments.address,
        "the client's address; else one that no list names");
    declare_offline(command, arguments.is_offline);
}

} // namespace relayctl
