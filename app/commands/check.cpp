#include "app/cli/command_table.hpp"
#include "app/cli/report.hpp"
#include "app/cli/value_kind.hpp"
#include "app/gather.hpp"
#include "app/render/json.hpp"
#include "app/render/text.hpp"
#include "core/audit/verdict.hpp"
#include "core/base/ip_address.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace relayctl {

namespace {

struct CheckOptions {
    std::string file;
    std::string fingerprint;
    std::string address;
};

// Who is judged, with the file that it points into.
struct Subject {
    CertificateFile file;
    Client client;
};

void load_subject(const CheckOptions& options, Subject& subject)
{
    if (options.file.empty() == options.fingerprint.empty()) {
        throw Error(ErrorKind::usage, "check: expected CERT or --fingerprint FP",
            { "see: relayctl check --help" });
    }
    Client& client = subject.client;
    if (!options.fingerprint.empty()) {
        client.fingerprint = Fingerprint::parse(options.fingerprint);
        client.name = client.fingerprint->to_string();
        client.add_words = "--fingerprint " + client.name;
        return;
    }
    subject.file = load_certificates(options.file);
    client.name = escape(options.file);
    client.certificate = subject.file.presented();
    client.key = client.certificate == nullptr ? subject.file.bare_key() : nullptr;
    const std::string file = command_line({ file_operand(options.file) });
    client.add_words = file.empty() || client.key == nullptr ? file : "--key " + file;
}

// A fingerprint of a length that no service computes can only be a mistake.
void require_usable_fingerprint(const Client& client, const std::vector<ServiceFacts>& services)
{
    const auto fits = [&](const ServiceFacts& facts) {
        return facts.digest && facts.digest->size() == client.fingerprint->size();
    };
    if (!client.fingerprint || std::any_of(services.begin(), services.end(), fits)) {
        return;
    }
    const auto digest = digest_of_size(client.fingerprint->size());
    const std::string computed
        = services.front().digest ? services.front().digest->name() : "no known digest";
    throw Error(ErrorKind::input,
        "fingerprint " + quote(client.name, 100) + ": has "
            + count_of(client.fingerprint->size(), "byte", "bytes")
            + (digest.empty() ? "" : ", which fits " + std::string(digest))
            + ", but smtpd computes " + computed,
        { "compute it from the certificate: relayctl fingerprint CERT" });
}

std::optional<bool> overall(const std::vector<Verdict>& verdicts)
{
    const auto any = [&](std::optional<bool> answer) {
        return std::any_of(verdicts.begin(), verdicts.end(),
            [&](const Verdict& v) { return v.would_relay == answer; });
    };
    return any(true)        ? std::optional(true)
        : any(std::nullopt) ? std::nullopt
                            : std::optional(false);
}

ExitStatus run_check(const CheckOptions& options, Context& context)
{
    if (!options.address.empty() && !is_address(options.address)) {
        throw Error(
            ErrorKind::usage, "address " + quote(options.address) + ": is no IPv4 or IPv6 address");
    }
    Subject subject;
    load_subject(options, subject);
    GatherOptions gather;
    gather.service = context.options.service;
    gather.address = options.address;
    gather.client = &subject.client;
    gather.chain = &subject.file;
    const std::vector<ServiceFacts> services = gather_services(context, gather);
    if (services.empty()) {
        throw Error(ErrorKind::postfix, "master.cf: has no smtpd service",
            { "see what it has: postconf -M" });
    }
    require_usable_fingerprint(subject.client, services);
    const Repair commands = context.repair();
    const Question question{ subject.client, std::nullopt, context.now() };
    std::vector<Verdict> verdicts;
    for (const ServiceFacts& facts : services) {
        verdicts.push_back(judge(facts, question, commands));
    }
    if (context.options.json) {
        write_json_check(context.out(), overall(verdicts), verdicts);
    } else if (!context.options.quiet) {
        write_verdicts(context, subject.client, verdicts);
    }
    return overall(verdicts).value_or(false) ? ExitStatus::ok : ExitStatus::no;
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
    auto options = std::make_shared<CheckOptions>();
    command.add_option("CERT", options->file, "the client's certificate, request or key")
        ->type_name("")
        ->check(completed_as(ValueKind::file));
    command
        .add_option("--fingerprint", options->fingerprint,
            "this fingerprint, in any spelling, instead of CERT")
        ->type_name("FP");
    command
        .add_option(
            "--address", options->address, "the client's address; else one that no list names")
        ->type_name("IP");
    command.footer(check_footer);
    return [options, &context] { return run_check(*options, context); };
}

} // namespace relayctl
