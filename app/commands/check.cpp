#include "core/operations/check.hpp"

#include "app/cli/arguments.hpp"
#include "app/cli/command_table.hpp"
#include "app/cli/options.hpp"
#include "app/commands/live_services.hpp"
#include "app/render/json.hpp"
#include "app/render/text.hpp"
#include "core/base/ip_address.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace relayctl {

namespace {

// What was typed behind "check"; empty = not given.
struct CheckArguments {
    std::string file;
    std::string fingerprint;
    std::string address;
    bool is_offline = false;
};

// Judges the client through each service and writes the verdicts. The status is 0 only for a clear
// "yes", since a script must not take "depends" for one.
ExitStatus run_check(const CheckArguments& arguments, Context& context)
{
    if (!arguments.address.empty() && !is_address(arguments.address)) {
        throw Error(ErrorKind::usage,
            "address " + quote(arguments.address) + ": is no IPv4 or IPv6 address");
    }
    // The parser cannot say "one of these two".
    if (arguments.file.empty() == arguments.fingerprint.empty()) {
        throw Error(ErrorKind::usage, "check: expected CERT or --fingerprint FP",
            { hint_at_help("check") });
    }
    const CheckedClient checked = arguments.file.empty()
        ? client_with_fingerprint(arguments.fingerprint)
        : client_in_file(arguments.file);
    const CheckOptions options{ arguments.address, context.options.service, context.options.table,
        context.options.digest, context.repair(), context.now(), arguments.is_offline };
    const std::vector<Verdict> verdicts = check_client(context.postfix(), checked, options);
    const std::optional<bool> would_relay = would_relay_through_any(verdicts);
    if (context.options.json) {
        write_json_check(context.out(), would_relay, verdicts);
    } else if (!context.options.quiet) {
        write_verdicts(context, checked.client, verdicts);
        std::vector<LiveService> live;
        for (const Verdict& verdict : verdicts) {
            live.push_back({ verdict.service, verdict.live });
        }
        report_unseen_services(context, live);
    }
    return would_relay.value_or(false) ? ExitStatus::ok : ExitStatus::no;
}

constexpr const char* check_footer
    = R"(Answers what smtpd would do, per smtpd of master.cf with its -o overrides, for a
client from outside without a login. What cannot be seen from here (policy
services, other access tables, DNS) is named: "depends on". -t and -d ask what
would be with that table and that digest; --service asks one service alone.
Changes nothing.

Examples:
  relayctl check zen.pem
  relayctl check zen.pem --service submission --json | jq .would_relay

Exit status:
  0 would relay, through the service asked for or through any
  1 would not, or it depends    2 usage    3 bad certificate or fingerprint
  4 Postfix unreadable or failing    5 permission denied    6 system error)";

} // namespace

RunCommand declare_check(CLI::App& command, Context& context)
{
    auto arguments = std::make_shared<CheckArguments>();
    add_operand(command, "CERT", arguments->file, "the client's certificate, request or key",
        ValueKind::file)
        ->required(false);
    add_value(command, "--fingerprint", "FP", arguments->fingerprint,
        "this fingerprint, in any spelling, instead of CERT");
    add_value(command, "--address", "IP", arguments->address,
        "the client's address; else one that no list names");
    declare_offline(command, arguments->is_offline);
    command.footer(check_footer);
    return [arguments, &context] { return run_check(*arguments, context); };
}

} // namespace relayctl
